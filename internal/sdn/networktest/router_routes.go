// SPDX-License-Identifier: MPL-2.0

package networktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// interfaceOn gives a router an interface on a subnet.
func (b bench) interfaceOn(backend sdn.Backend, router, subnet string) openstack.RouterInterface {
	b.Helper()
	i, err := backend.CreateRouterInterface(b.Context(), openstack.RouterInterface{RouterID: router, SubnetID: subnet})
	b.must(err)
	return i
}

// addRoute adds one static route to a router's.
func addRoute(ctx context.Context, backend sdn.Backend, router string, route openstack.Route) error {
	_, err := backend.ChangeRouterRoutes(ctx, router, func(have []openstack.Route) ([]openstack.Route, error) {
		return append(slices.Clone(have), route), nil
	})
	return err
}

// testRoutes: processes add routes to one router at once, none is lost, and none is there twice.
func testRoutes(t *testing.T, b bench) {
	backend := b.start(t)
	n := b.network(backend, "contract-routes")
	s := b.subnet(backend, n.ID, "10.0.0.0/24")
	r := b.router(backend, "contract-routes")
	i := b.interfaceOn(backend, r.ID, s.ID)
	const processes = 4
	var all sync.WaitGroup
	for i := range processes {
		backend := b.start(t)
		all.Go(func() {
			b.check(addRoute(t.Context(), backend, r.ID, openstack.Route{Destination: fmt.Sprintf("10.%d.0.0/16", i), NextHop: "10.0.0.9"}))
		})
	}
	all.Wait()
	last := b.start(t)
	routes, err := last.RouterRoutes(t.Context(), r.ID)
	if err != nil || len(routes) != processes {
		t.Errorf("the router has the routes %v: %v", routes, err)
	}
	b.refused("a route that is there", addRoute(t.Context(), last, r.ID, openstack.Route{Destination: "10.0.0.0/16", NextHop: "10.0.0.9"}),
		r.ID+"-route-10.0.0.0/16-10.0.0.9")
	if _, err := last.RouterRoutes(t.Context(), "none"); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("the routes of a router that there is not: %v", err)
	}
	_, err = last.UpdateRouter(t.Context(), r.ID, func(r *openstack.Router) error { r.Name = "contract-routed"; return nil })
	b.must(err)
	testUnreachable(t, b, r.ID)
	testRoutesInUse(t, b, r.ID, i)
	b.must(last.DeleteRouter(t.Context(), r.ID))
	b.must(last.DeleteSubnet(t.Context(), n.ID, s.ID))
}

// testUnreachable: a route by a neighbour that the router does not reach is refused, unless an interface that reaches it is planned or
// made meanwhile.
func testUnreachable(t *testing.T, b bench, router string) {
	backend := b.start(t)
	for text, route := range map[string]openstack.Route{
		"10.7.0.9 is on no subnet of the router":         {Destination: "192.0.2.0/24", NextHop: "10.7.0.9"},
		"10.0.0.1 is an address of the router":           {Destination: "192.0.2.0/24", NextHop: "10.0.0.1"},
		"is of another IP version":                       {Destination: "192.0.2.0/24", NextHop: "2001:db8::1"},
		"has bits beyond its length: write 192.0.2.0/24": {Destination: "192.0.2.1/24", NextHop: "10.0.0.9"},
		"is not an IP address":                           {Destination: "192.0.2.0/24", NextHop: "gateway"},
	} {
		b.refused("at plan", backend.CheckRoutes(t.Context(), router, []openstack.Route{route}), text)
		b.waits("when it is made", text, func(ctx context.Context) error { return addRoute(ctx, backend, router, route) })
	}
	far := openstack.Route{Destination: "192.0.2.0/24", NextHop: "10.7.0.9"}
	backend.Planned().RouterInterfaces.Expect(openstack.RouterInterface{RouterID: router})
	b.must(backend.CheckRoutes(t.Context(), router, []openstack.Route{far}))
	n := b.network(backend, "contract-far")
	s := b.subnet(backend, n.ID, "10.7.0.0/24")
	var both sync.WaitGroup
	both.Go(func() { b.check(addRoute(t.Context(), b.start(t), router, far)) })
	time.Sleep(300 * time.Millisecond) // the route waits already
	i := b.interfaceOn(backend, router, s.ID)
	both.Wait()
	b.must(backend.DeleteRouterInterface(t.Context(), n.ID, i.ID, true))
	b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
}

// testRoutesInUse: an interface is kept by the routes that lead by it, waits for them to go, and takes them along if it is told so.
func testRoutesInUse(t *testing.T, b bench, router string, i openstack.RouterInterface) {
	backend := b.start(t)
	b.waits("an interface that routes lead by", "the route to 10.0.0.0/16 by 10.0.0.9 leads", b.disconnect(backend, i))
	var both sync.WaitGroup
	both.Go(func() { b.check(backend.DeleteRouterInterface(t.Context(), i.NetworkID, i.ID, false)) })
	_, err := b.start(t).ChangeRouterRoutes(t.Context(), router, func([]openstack.Route) ([]openstack.Route, error) { return nil, nil })
	b.must(err)
	both.Wait()
	i = b.interfaceOn(backend, router, i.SubnetID)
	b.must(addRoute(t.Context(), b.start(t), router, openstack.Route{Destination: "192.0.2.0/24", NextHop: "10.0.0.9"}))
	b.must(b.start(t).DeleteRouterInterface(t.Context(), i.NetworkID, i.ID, true))
	if left, err := b.start(t).RouterRoutes(t.Context(), router); err != nil || len(left) > 0 {
		t.Errorf("the routes %v are left: %v", left, err)
	}
}
