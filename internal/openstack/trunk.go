// SPDX-License-Identifier: MPL-2.0

package openstack

// Trunk makes a port carry the traffic of other ports, its sub ports, each under a VLAN of its own.
type Trunk struct {
	ID          string    `json:"id"`
	PortID      string    `json:"port"` // the parent, which an instance is plugged into
	NetworkID   string    `json:"network"`
	Name        string    `json:"name,omitempty"`
	Description string    `json:"description,omitempty"`
	Tags        []string  `json:"tags,omitempty"`
	Down        bool      `json:"down,omitempty"` // admin_state_up = false: nothing of the sub ports passes
	SubPorts    []SubPort `json:"sub_ports,omitempty"`
	Mark        *Mark     `json:"mark,omitempty"`
}

// SubPort is a port whose traffic goes through a trunk.
type SubPort struct {
	PortID    string `json:"port"`
	NetworkID string `json:"network"`
	VLAN      int64  `json:"vlan"`           // that of its network, 1 to 4094
	Type      string `json:"type,omitempty"` // SegmentVLAN or SegmentInherit
}

// SegmentInherit is the type of a sub port that takes the VLAN of its network.
const SegmentInherit = "inherit"

// TrunkSubPort is the device_owner of a port that is a trunk's sub port.
const TrunkSubPort = "trunk:subport"
