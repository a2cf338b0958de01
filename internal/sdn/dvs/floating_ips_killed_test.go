// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// addOffice adds a static route to a router's.
func addOffice(have []openstack.Route) ([]openstack.Route, error) {
	return append(have, openstack.Route{Destination: "10.40.0.0/16", NextHop: "10.0.0.9"}), nil
}

// leads has the floating IP lead to a port, or nowhere.
func (e *edge) leads(backend sdn.Backend, port string) error {
	_, err := backend.UpdateFloatingIP(e.soon(), e.address.ID, func(f *openstack.FloatingIP) error {
		f.PortID, f.FixedIP = port, ""
		return nil
	})
	return err
}

// forwards asks for a forwarding of a number of the floating IP.
func (e *edge) forwards(number int64) openstack.Forwarding {
	return openstack.Forwarding{FloatingIPID: e.address.ID, Protocol: "tcp", External: number, Internal: 22, PortID: e.web.ID,
		Address: "10.0.0.20"}
}

// forwarding returns the only forwarding that there may be.
func (e *edge) forwarding(backend sdn.Backend) (f openstack.Forwarding) {
	e.Helper()
	all, err := backend.Forwardings(e.Context(), e.address.ID)
	e.must(err)
	if len(all) > 1 {
		e.Fatalf("there are %+v", all)
	}
	if len(all) == 1 {
		f = all[0]
	}
	return f
}

// made is what is done again about a creation that was killed: either nothing was made, and it succeeds, or what was made is told.
func made(left func(*edge, sdn.Backend) string, create func(*edge, sdn.Backend) error) func(*edge, sdn.Backend) {
	return func(e *edge, backend sdn.Backend) {
		id := left(e, backend)
		if err := create(e, backend); id == "" {
			e.must(err)
		} else {
			e.told(err, id)
		}
		if left(e, e.now()) == "" {
			e.Error("nothing is there")
		}
	}
}

// leftAddress returns the id of the only floating IP that there may be.
func leftAddress(e *edge, backend sdn.Backend) string {
	e.Helper()
	all, err := backend.FloatingIPs(e.Context(), "")
	e.must(err)
	switch len(all) {
	case 0:
		return ""
	case 1:
		return all[0].ID
	}
	e.Fatalf("there are %+v", all)
	return ""
}

// TestKilledFloatingIP: no address is lost by a floating IP or a port forwarding whose creation, change or deletion was killed.
func TestKilledFloatingIP(t *testing.T) {
	t.Parallel()
	create := func(with func(*edge) openstack.FloatingIP) func(*edge, sdn.Backend) error {
		return func(e *edge, backend sdn.Backend) error {
			f := with(e)
			f.NetworkID = e.first.NetworkID
			made, err := backend.CreateFloatingIP(e.soon(), f)
			return refused(err, made.ID)
		}
	}
	anywhere := create(func(*edge) openstack.FloatingIP { return openstack.FloatingIP{} })
	written := create(func(*edge) openstack.FloatingIP { return openstack.FloatingIP{Address: "203.0.113.6"} })
	toPort := create(func(e *edge) openstack.FloatingIP { return openstack.FloatingIP{PortID: e.web.ID} })
	lead := func(e *edge, backend sdn.Backend) error { return e.leads(backend, e.web.ID) }
	drop := func(e *edge, backend sdn.Backend) error { return backend.DeleteFloatingIP(e.soon(), e.address.ID) }
	testKilled(t, map[string]killedVerb{
		"created at an address": {"", 1, written, made(leftAddress, written)},
		"created with a port":   {"router interface", 1, toPort, made(leftAddress, toPort)},
		"created": {"", 1, anywhere, func(e *edge, backend sdn.Backend) { // equal ones are allowed: it is told when no address is left
			left := leftAddress(e, backend)
			var err error
			for n := 0; n < 6 && err == nil; n++ {
				err = anywhere(e, backend)
			}
			if left == "" {
				left = "no address is left"
			}
			e.told(err, left)
		}},
		"associated": {"router interface address", 1, lead, func(e *edge, backend sdn.Backend) {
			e.must(lead(e, backend))
			f, err := e.now().FloatingIP(e.Context(), e.address.ID)
			if err != nil || f.PortID != e.web.ID || f.FixedIP != "10.0.0.20" || f.RouterID != e.router.ID {
				e.Errorf("it is %+v, %v", f, err)
			}
			e.must(e.leads(backend, ""))
		}},
		"deleted": {"address", 1, drop, func(e *edge, backend sdn.Backend) { e.gone(drop(e, backend)) }},
	})
}

// TestKilledForwarding: a port forwarding whose creation was killed is told, and its changes are done again.
func TestKilledForwarding(t *testing.T) {
	t.Parallel()
	create := func(e *edge, backend sdn.Backend) error {
		f, err := backend.CreateForwarding(e.soon(), e.forwards(2222))
		return refused(err, f.ID)
	}
	forwarding := func(act func(e *edge, backend sdn.Backend, id string) error) func(*edge, sdn.Backend) error {
		return func(e *edge, backend sdn.Backend) error {
			e.must(create(e, e.now()))
			return act(e, backend, e.forwarding(e.now()).ID)
		}
	}
	change := func(e *edge, backend sdn.Backend, id string) error {
		_, err := backend.UpdateForwarding(e.soon(), e.address.ID, id, func(f *openstack.Forwarding) error { f.External = 2223; return nil })
		return err
	}
	drop := func(e *edge, backend sdn.Backend, id string) error {
		return backend.DeleteForwarding(e.soon(), e.address.ID, id)
	}
	const needs = "router interface address"
	testKilled(t, map[string]killedVerb{
		"created": {needs, 1, create, made(func(e *edge, backend sdn.Backend) string { return e.forwarding(backend).ID }, create)},
		"changed": {needs, 1, forwarding(change), func(e *edge, backend sdn.Backend) {
			e.must(change(e, backend, e.forwarding(backend).ID))
			if f := e.forwarding(e.now()); f.External != 2223 {
				e.Errorf("it is %+v", f)
			}
		}},
		"deleted": {needs, 1, forwarding(drop), func(e *edge, backend sdn.Backend) {
			if left := e.forwarding(backend).ID; left != "" {
				e.must(drop(e, backend, left))
			}
			f, err := e.now().FloatingIP(e.Context(), e.address.ID)
			if err != nil || f.RouterID != "" {
				e.Errorf("the floating IP is %+v, %v", f, err)
			}
		}},
	})
}

// TestKilledInterface: a router interface or a route whose creation was killed is told, and its deletion is done again.
func TestKilledInterface(t *testing.T) {
	t.Parallel()
	join := func(with func(*edge, *openstack.RouterInterface)) func(*edge, sdn.Backend) error {
		return func(e *edge, backend sdn.Backend) error {
			i := openstack.RouterInterface{RouterID: e.router.ID}
			with(e, &i)
			i, err := backend.CreateRouterInterface(e.soon(), i)
			return refused(err, i.ID)
		}
	}
	left := func(e *edge, backend sdn.Backend) string {
		all, err := backend.RouterInterfaces(e.Context(), "")
		e.must(err)
		if len(all) == 0 {
			return ""
		}
		return all[0].ID
	}
	bySubnet := join(func(e *edge, i *openstack.RouterInterface) { i.SubnetID = e.inside.ID })
	byPort := join(func(e *edge, i *openstack.RouterInterface) { i.PortID = e.hop.ID })
	route := func(e *edge, backend sdn.Backend) error {
		_, err := backend.ChangeRouterRoutes(e.soon(), e.router.ID, addOffice)
		return err
	}
	drop := func(e *edge, backend sdn.Backend) error {
		return backend.DeleteRouterInterface(e.soon(), e.joined.NetworkID, e.joined.ID, true)
	}
	routes := func(e *edge, backend sdn.Backend) []openstack.Route {
		all, err := backend.RouterRoutes(e.Context(), e.router.ID)
		e.must(err)
		return all
	}
	testKilled(t, map[string]killedVerb{
		"created by its subnet": {"router", 1, bySubnet, made(left, bySubnet)},
		"created by its port":   {"router", 1, byPort, made(left, byPort)},
		"route": {"router interface", 1, route, made(func(e *edge, backend sdn.Backend) string {
			if len(routes(e, backend)) == 0 {
				return ""
			}
			return e.router.ID + "-route-10.40.0.0/16-10.0.0.9"
		}, route)},
		"deleted with its routes": {"router interface route to", 2, drop, func(e *edge, backend sdn.Backend) {
			e.gone(drop(e, backend))
			if all, id := routes(e, e.now()), left(e, e.now()); len(all) > 0 || id != "" {
				e.Errorf("it has left %v, %s", all, id)
			}
		}},
		"of a router deleted meanwhile": {"router", 1, bySubnet, func(e *edge, backend sdn.Backend) {
			err := backend.DeleteRouter(e.soon(), e.router.ID)
			if id := left(e, e.now()); id != "" && (err == nil || !strings.Contains(err.Error(), "is in use")) {
				e.Errorf("a router with the interface %s: %v", id, err)
			}
		}},
	})
}
