package openstack

import (
	"crypto/rand"
	"fmt"
	"slices"
)

// Port is a place on a network: a MAC address, fixed IP addresses, what may pass. It outlives the instance that is plugged in.
type Port struct {
	ID           string        `json:"id"`
	NetworkID    string        `json:"network"`
	Name         string        `json:"name,omitempty"`
	Description  string        `json:"description,omitempty"`
	Tags         []string      `json:"tags,omitempty"`
	MAC          string        `json:"mac"` // lower case, with colons
	FixedIPs     []FixedIP     `json:"fixed_ips,omitempty"`
	Down         bool          `json:"down,omitempty"`          // admin_state_up = false: nothing passes
	Groups       []string      `json:"groups,omitempty"`        // ids of security groups
	Insecure     *bool         `json:"insecure,omitempty"`      // port_security_enabled = false; nil: as the network says
	AllowedPairs []AddressPair `json:"allowed_pairs,omitempty"` // besides its own
	DeviceID     string        `json:"device,omitempty"`        // the instance that it is plugged into, or was made for
	Owner        string        `json:"device_owner,omitempty"`  // as it was written; empty: whoever has it
	DNSName      string        `json:"dns_name,omitempty"`
	Implicit     bool          `json:"implicit,omitempty"` // made for an instance's network block, and goes with the instance
	SwitchPort   string        `json:"switch_port,omitempty"`
	Mark         *Mark         `json:"mark,omitempty"`
}

// ForeignMAC says that the port may use a MAC address that is not its own.
func (p Port) ForeignMAC() bool {
	return slices.ContainsFunc(p.AllowedPairs, func(a AddressPair) bool { return a.MAC != "" && a.MAC != p.MAC })
}

// PluggedElsewhere says that the port is recorded as an instance's without a place on the switch: somebody else has plugged it in.
func (p Port) PluggedElsewhere() bool { return p.DeviceID != "" && p.SwitchPort == "" }

// FixedIP is an address that a port has on a subnet. In a wish either part may be empty: the other one leads to it.
type FixedIP struct {
	SubnetID string `json:"subnet"`
	Address  string `json:"address"`
}

// AddressPair is an address, or a range of them, that a port may use besides its own, with another MAC or with its own.
type AddressPair struct {
	Address string `json:"address"`       // an address or a CIDR
	MAC     string `json:"mac,omitempty"` // empty: the port's
}

// RandomMAC is an address of the range that VMware keeps for addresses set by hand: 00:50:56:00:00:00 to 00:50:56:3f:ff:ff.
func RandomMAC() string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("00:50:56:%02x:%02x:%02x", b[0]&0x3f, b[1], b[2])
}
