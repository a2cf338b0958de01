// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"crypto/rand"
	"fmt"
	"slices"
)

// Port is an attachment point on a network: a MAC address, fixed IP addresses and what traffic may pass. It outlives the instance that is
// plugged into it.
type Port struct {
	ID           string        `json:"id"`
	NetworkID    string        `json:"network"`
	Name         string        `json:"name,omitempty"`
	Description  string        `json:"description,omitempty"`
	Tags         []string      `json:"tags,omitempty"`
	MAC          string        `json:"mac"` // lower case, with colons
	FixedIPs     []FixedIP     `json:"fixed_ips,omitempty"`
	Down         bool          `json:"down,omitempty"`          // admin_state_up = false: no traffic passes
	Groups       []string      `json:"groups,omitempty"`        // ids of security groups
	Insecure     *bool         `json:"insecure,omitempty"`      // port_security_enabled = false; nil: the network's default
	AllowedPairs []AddressPair `json:"allowed_pairs,omitempty"` // besides its own addresses
	DeviceID     string        `json:"device,omitempty"`        // the instance that it is plugged into, or was made for
	Owner        string        `json:"device_owner,omitempty"`  // as written; empty: derived from the device
	DNSName      string        `json:"dns_name,omitempty"`
	Implicit     bool          `json:"implicit,omitempty"` // made for an instance's network block, and removed with the instance
	SwitchPort   string        `json:"switch_port,omitempty"`
	QoSPolicyID  string        `json:"qos_policy,omitempty"` // empty: its network's applies
	TrunkID      string        `json:"trunk,omitempty"`      // the trunk that it is in
	SubPort      bool          `json:"sub_port,omitempty"`   // a sub port of the trunk, not its parent
	DHCPOptions  []DHCPOption  `json:"dhcp_options,omitempty"`
	Binding      *Binding      `json:"binding,omitempty"`    // as written; nil: not written
	Attachment   string        `json:"attachment,omitempty"` // what the NIC bears as its externalId, where the network finds it by that
	Mark         *Mark         `json:"mark,omitempty"`

	Foreign bool `json:"-"` // somebody else made it in NSX: there is no record of it
}

// What others have in NSX on an external network, in the shape of ports. Their addresses may be ranges.
const (
	OwnerNATRule = "nsx:nat_rule" // a NAT rule
	OwnerUplink  = "nsx:uplink"   // an interface of the tier-0 gateway
)

// DHCPOption is an option that a DHCP server of Neutron's would send with a port's address.
type DHCPOption struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Version int64  `json:"version,omitempty"` // 4 or 6
}

// Binding is what a configuration says about how a port is bound to a host.
type Binding struct {
	HostID   string `json:"host,omitempty"`
	Profile  string `json:"profile,omitempty"` // a JSON object
	VNICType string `json:"vnic_type,omitempty"`
}

// ForeignMAC reports whether the port may use a MAC address other than its own.
func (p Port) ForeignMAC() bool {
	return slices.ContainsFunc(p.AllowedPairs, func(a AddressPair) bool { return a.MAC != "" && a.MAC != p.MAC })
}

// PluggedElsewhere reports whether the port belongs to an instance but the network does not know its NIC: something else has plugged it
// in.
func (p Port) PluggedElsewhere() bool {
	return p.DeviceID != "" && p.SwitchPort == "" && p.Attachment == ""
}

// FixedIP is an address of a port on a subnet. In a request either field may be empty and is derived from the other.
type FixedIP struct {
	SubnetID string `json:"subnet"`
	Address  string `json:"address"`
}

// AddressPair is an address or a CIDR that a port may use besides its own addresses.
type AddressPair struct {
	Address string `json:"address"`       // an address or a CIDR
	MAC     string `json:"mac,omitempty"` // empty: the port's
}

// RandomMAC returns a random address of the range that VMware reserves for static addresses: 00:50:56:00:00:00 to 00:50:56:3f:ff:ff.
func RandomMAC() string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("00:50:56:%02x:%02x:%02x", b[0]&0x3f, b[1], b[2])
}
