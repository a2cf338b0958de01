// SPDX-License-Identifier: MPL-2.0

package openstack

import "slices"

// Router connects subnets with each other, and with an external network.
type Router struct {
	ID                string    `json:"id"`
	Name              string    `json:"name,omitempty"`
	Description       string    `json:"description,omitempty"`
	Tags              []string  `json:"tags,omitempty"`
	Down              bool      `json:"down,omitempty"` // admin_state_up = false
	ExternalNetworkID string    `json:"external_network,omitempty"`
	ExternalSubnetIDs []string  `json:"external_subnets,omitempty"`   // of the external network
	ExternalIPs       []FixedIP `json:"external_fixed_ips,omitempty"` // on the external network, as written: either part may be empty
	SNAT              *bool     `json:"snat,omitempty"`               // nil: not set
	QoSPolicyID       string    `json:"qos_policy,omitempty"`
	Distributed       bool      `json:"distributed,omitempty"`
	FlavorID          string    `json:"flavor,omitempty"`
	Zones             []string  `json:"zones,omitempty"`  // availability_zone_hints, in the order written
	Routes            []Route   `json:"routes,omitempty"` // static ones
	Home              string    `json:"home,omitempty"`   // what carries it out: the provider's routers; empty: a physical gateway
	Mark              *Mark     `json:"mark,omitempty"`

	// Gateways are the external networks on which the router has addresses, or may have some because a change was interrupted.
	Gateways []string `json:"gateways,omitempty"`
	// Addresses are those that it has on its external network. They are recorded beside that network's subnets.
	Addresses []FixedIP `json:"-"`
}

// RouterGateway is a router's place on an external network: the addresses that it has there.
type RouterGateway struct {
	RouterID  string    `json:"id"`
	NetworkID string    `json:"network"`
	FixedIPs  []FixedIP `json:"fixed_ips,omitempty"` // none where the network has no subnet
	Mark      *Mark     `json:"mark,omitempty"`
}

// RouterInterface is a router's interface on a subnet. It has the subnet's gateway address or, where it has a port, the port's addresses.
type RouterInterface struct {
	ID        string    `json:"id"`
	RouterID  string    `json:"router"`
	NetworkID string    `json:"network"`
	SubnetID  string    `json:"subnet"`              // the first one
	PortID    string    `json:"port,omitempty"`      // empty: it has the subnet's gateway address
	FixedIPs  []FixedIP `json:"fixed_ips,omitempty"` // of the port
	Mark      *Mark     `json:"mark,omitempty"`
}

// Subnets returns the ids of the subnets that an interface is on.
func (i RouterInterface) Subnets() []string {
	if len(i.FixedIPs) == 0 {
		return []string{i.SubnetID}
	}
	var out []string
	for _, ip := range i.FixedIPs {
		if !slices.Contains(out, ip.SubnetID) {
			out = append(out, ip.SubnetID)
		}
	}
	return out
}

// The device_owner of what has a router's addresses, on an external network and on another, as in Neutron.
const (
	OwnerRouterGateway   = "network:router_gateway"
	OwnerRouterInterface = "network:router_interface"
)
