package openstack

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
	Mark              *Mark     `json:"mark,omitempty"`
}

// RouterInterface is a router's interface on a subnet, with the subnet's gateway address.
type RouterInterface struct {
	ID        string `json:"id"`
	RouterID  string `json:"router"`
	NetworkID string `json:"network"`
	SubnetID  string `json:"subnet"`
	Mark      *Mark  `json:"mark,omitempty"`
}
