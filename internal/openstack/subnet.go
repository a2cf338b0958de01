// SPDX-License-Identifier: MPL-2.0

package openstack

// Subnet is a range of addresses on a network and what guests on it are told: gateway, name servers, routes.
type Subnet struct {
	ID          string        `json:"id"`
	NetworkID   string        `json:"network"`
	Name        string        `json:"name,omitempty"`
	Description string        `json:"description,omitempty"`
	Tags        []string      `json:"tags,omitempty"`
	CIDR        string        `json:"cidr"`              // in canonical form: the network's first address, slash, bits
	Gateway     string        `json:"gateway,omitempty"` // empty: none
	Pools       []AddressPool `json:"pools"`             // addresses that are assigned automatically; others of the CIDR must be asked for
	DNS         []string      `json:"dns,omitempty"`     // in the order they are asked
	Routes      []Route       `json:"routes,omitempty"`  // besides the default route
	DHCP        bool          `json:"dhcp,omitempty"`    // DHCP is served on the network, though not by this provider
	AddressMode string        `json:"address_mode,omitempty"`
	RAMode      string        `json:"ra_mode,omitempty"`
	PoolID      string        `json:"subnetpool,omitempty"`    // the subnet pool that the CIDR was cut from; empty: none
	CutLength   int64         `json:"prefix_length,omitempty"` // the bits that were asked of the pool; 0: a CIDR, or the pool's own length
	Project     string        `json:"project,omitempty"`       // of a subnet of a pool: the project whose quota it counts against
	Mark        *Mark         `json:"mark,omitempty"`
}

// AddressPool is a range of addresses, both ends included.
type AddressPool struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// Route is the neighbour through which a range of addresses is reached.
type Route struct {
	Destination string `json:"destination"` // a CIDR
	NextHop     string `json:"next_hop"`
	Apart       bool   `json:"apart,omitempty"` // made by a networking_subnet_route, not one of the subnet's own
}

// Key identifies a static route of a router, as the OpenStack provider's id of one does.
func (r Route) Key(router string) string { return router + "-route-" + r.Destination + "-" + r.NextHop }
