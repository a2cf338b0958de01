// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"slices"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Routers holds the planned routers, by their ids: those that exist, and will be on an external network or on none. One whose external
// network is not known yet is not among them.
type Routers = Set[openstack.Router]

func newRouters() *Routers {
	return NewSet(Kind[openstack.Router]{
		ID: func(r openstack.Router) string { return r.ID },
		Keys: func(r openstack.Router) []string {
			if r.ID == "" {
				return nil
			}
			return []string{r.ID}
		},
		Bare: func(r openstack.Router) openstack.Router {
			return openstack.Router{Name: r.Name, ExternalNetworkID: r.ExternalNetworkID}
		},
		Meets: func(a, b openstack.Router) bool { return a.ID == b.ID },
	})
}

// RouterInterfaces holds the planned router interfaces, by the ids of their subnets, port and router, as far as these are known. One that
// is replaced is recorded with Replace.
type RouterInterfaces struct {
	*Set[openstack.RouterInterface]

	turn sync.Mutex
}

// Turn lets one interface be checked and expected at a time, so that of two that exclude each other the second is refused. The caller calls
// end.
func (r *RouterInterfaces) Turn() (end func()) {
	r.turn.Lock()
	return r.turn.Unlock
}

func newRouterInterfaces() *RouterInterfaces {
	return &RouterInterfaces{Set: NewSet(Kind[openstack.RouterInterface]{
		ID:   func(i openstack.RouterInterface) string { return i.ID },
		Keys: interfaceKeys,
		Finds: func(i openstack.RouterInterface) []string {
			if i.ID == "" {
				return []string{anyNew}
			}
			return nil
		},
		Bare: func(i openstack.RouterInterface) openstack.RouterInterface {
			if i.PortID != "" {
				return openstack.RouterInterface{RouterID: i.RouterID, PortID: i.PortID}
			}
			return openstack.RouterInterface{RouterID: i.RouterID, SubnetID: i.SubnetID}
		},
		Meets: func(a, b openstack.RouterInterface) bool {
			return a.PortID != "" && a.PortID == b.PortID ||
				slices.ContainsFunc(a.Subnets(), func(id string) bool { return id != "" && slices.Contains(b.Subnets(), id) })
		},
	})}
}

// interfaceKeys returns what other interfaces may have in common with one: each of its subnets, its port, its router.
func interfaceKeys(i openstack.RouterInterface) (keys []string) {
	for _, id := range append(i.Subnets(), i.PortID, i.RouterID) {
		if id != "" {
			keys = append(keys, id)
		}
	}
	return keys
}

// Done records that a planned interface is made or has failed. That of a port is found without the port's addresses.
func (r *RouterInterfaces) Done(i openstack.RouterInterface) {
	for _, wish := range append(r.At(anyNew), i) {
		if r.same(wish, i) {
			r.Set.Done(wish)
		}
	}
}

// MayCome reports whether an interface is planned, and not made yet, that may turn out to be one of a router on a subnet: its router and
// its subnet are those, or not known yet. An empty router or subnet means any.
func (r *RouterInterfaces) MayCome(router, subnet string) bool {
	return slices.ContainsFunc(r.At(anyNew), func(i openstack.RouterInterface) bool {
		return (router == "" || i.RouterID == "" || i.RouterID == router) &&
			(subnet == "" || i.SubnetID == "" || slices.Contains(i.Subnets(), subnet))
	})
}
