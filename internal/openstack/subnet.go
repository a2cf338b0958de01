package openstack

// Subnet is a range of addresses on a network, and what its guests are told: gateway, name servers, routes.
type Subnet struct {
	ID          string        `json:"id"`
	NetworkID   string        `json:"network"`
	Name        string        `json:"name,omitempty"`
	Description string        `json:"description,omitempty"`
	Tags        []string      `json:"tags,omitempty"`
	CIDR        string        `json:"cidr"`              // in its canonical form: the network's first address, slash, bits
	Gateway     string        `json:"gateway,omitempty"` // empty: none
	Pools       []AddressPool `json:"pools"`             // addresses that are given out; others inside the CIDR must be asked for
	DNS         []string      `json:"dns,omitempty"`     // in the order they are asked
	Routes      []Route       `json:"routes,omitempty"`  // beside the default route
	DHCP        bool          `json:"dhcp,omitempty"`    // somebody else serves DHCP on the network
	AddressMode string        `json:"address_mode,omitempty"`
	RAMode      string        `json:"ra_mode,omitempty"`
	Mark        *Mark         `json:"mark,omitempty"`
}

// AddressPool is a range of addresses, both ends included.
type AddressPool struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// Route says by which neighbour a range of addresses is reached.
type Route struct {
	Destination string `json:"destination"` // a CIDR
	NextHop     string `json:"next_hop"`
	Apart       bool   `json:"apart,omitempty"` // a networking_subnet_route's, not one of the subnet's own
}
