// SPDX-License-Identifier: MPL-2.0

package openstack

// FloatingIP is an address of an external network that a router translates to a port's.
type FloatingIP struct {
	ID          string   `json:"id"`
	NetworkID   string   `json:"network"` // the external network
	SubnetID    string   `json:"subnet"`  // of the external network
	Address     string   `json:"address"`
	PortID      string   `json:"port,omitempty"`     // empty: it leads nowhere
	FixedIP     string   `json:"fixed_ip,omitempty"` // the address of the port that it leads to
	RouterID    string   `json:"router,omitempty"`   // the router that translates
	Description string   `json:"description,omitempty"`
	DNSName     string   `json:"dns_name,omitempty"`
	DNSDomain   string   `json:"dns_domain,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Mark        *Mark    `json:"mark,omitempty"`

	// SubnetIDs are subnets that it may have an address of, if SubnetID is empty: the first with a free one. Ids that are no subnets of the
	// external network do not count. They are for the creation only.
	SubnetIDs []string `json:"-"`
}

// Holder returns what has a floating IP's address, in the shape of a port of the external network.
func (f FloatingIP) Holder() Port {
	return Port{ID: f.ID, NetworkID: f.NetworkID, Owner: OwnerFloatingIP,
		FixedIPs: []FixedIP{{SubnetID: f.SubnetID, Address: f.Address}}}
}

// OwnerFloatingIP is the device_owner of what has a floating IP's address, as in Neutron.
const OwnerFloatingIP = "network:floatingip"

// Forwarding leads a TCP or UDP port of a floating IP to one of a port's address.
type Forwarding struct {
	ID           string `json:"id"`
	FloatingIPID string `json:"floating_ip"`
	Protocol     string `json:"protocol"` // tcp, udp
	External     int64  `json:"external"` // the number at the floating IP, 1 to 65535
	PortID       string `json:"port"`
	Address      string `json:"address"`  // of the port
	Internal     int64  `json:"internal"` // the number at the port's address, 1 to 65535
	Description  string `json:"description,omitempty"`
	Mark         *Mark  `json:"mark,omitempty"`
}
