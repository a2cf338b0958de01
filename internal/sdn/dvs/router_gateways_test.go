// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// edge is what a router stands between, in one vCenter: two external networks of a few addresses each, and a subnet with two ports.
type edge struct {
	*testing.T
	vc           *acctest.VCenter
	first, other openstack.Subnet // of the external networks
	inside       openstack.Subnet
	web, hop     openstack.Port // on the subnet inside
	router       openstack.Router
	joined       openstack.RouterInterface
	address      openstack.FloatingIP
	policy       openstack.QoSPolicy
}

// process starts another process. It is killed after so many changes of the vCenter, if they are not negative: nothing that it asks for
// from then on arrives.
func (e *edge) process(changes int) (backend sdn.Backend, killed func() bool) {
	e.Helper()
	var over atomic.Bool
	var seen atomic.Int64
	wire := e.vc.Between(e.T, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if changes >= 0 && strings.HasSuffix(c.Name, "_Task") && seen.Add(1) > int64(changes) {
			over.Store(true)
		}
		if over.Load() {
			return acctest.Refusal("NotSupported")
		}
		return nil
	})
	c := vcenter.New(vcenter.Config{Server: wire.Server, User: e.vc.User, Password: e.vc.Password, CAFile: wire.CAFile, Folder: "OpenStack",
		Routers: vcenter.RoutersPhysical})
	e.Cleanup(func() { _ = c.Close(context.Background()) })
	return dvs.New(c), over.Load
}

func (e *edge) now() sdn.Backend { backend, _ := e.process(-1); return backend }

func (e *edge) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// soon limits what would wait for something that does not come. It is long, for a busy machine: nothing here waits for it to pass.
func (e *edge) soon() context.Context {
	ctx, stop := context.WithTimeout(e.Context(), 20*time.Second)
	e.Cleanup(stop)
	return ctx
}

// all does several things at once, since writes that come together go together.
func (e *edge) all(acts ...func() error) {
	e.Helper()
	var all sync.WaitGroup
	errs := make([]error, len(acts))
	for i, act := range acts {
		all.Go(func() { errs[i] = act() })
	}
	all.Wait()
	e.must(errors.Join(errs...))
}

// network returns a function that makes a network with a subnet.
func (e *edge) network(backend sdn.Backend, made *openstack.Subnet, name, cidr string, external bool) func() error {
	return func() error {
		n, err := backend.CreateNetwork(e.Context(), openstack.Network{Name: name, VLAN: 100, AdminUp: true, External: external})
		if err != nil {
			return err
		}
		s, err := sdn.Complete(openstack.Subnet{NetworkID: n.ID, CIDR: cidr}, false)
		if err == nil {
			*made, err = backend.CreateSubnet(e.Context(), s)
		}
		return err
	}
}

// port returns a function that makes a port on the subnet inside.
func (e *edge) port(backend sdn.Backend, made *openstack.Port, address string) func() error {
	return func() (err error) {
		*made, err = backend.CreatePort(e.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: e.inside.NetworkID,
			FixedIPs: []openstack.FixedIP{{Address: address}}}})
		return err
	}
}

// build makes all of it, and of the router, its interface, its route and the floating IP as much as a test needs.
func (e *edge) build(needs string) {
	e.Helper()
	e.router, e.joined, e.address = openstack.Router{}, openstack.RouterInterface{}, openstack.FloatingIP{}
	backend := e.now()
	e.all(e.network(backend, &e.first, "first", "203.0.113.0/29", true), e.network(backend, &e.other, "other", "198.51.100.0/29", true),
		e.network(backend, &e.inside, "inside", "10.0.0.0/24", false))
	e.all(e.port(backend, &e.web, "10.0.0.20"), e.port(backend, &e.hop, "10.0.0.5"), func() (err error) {
		if strings.Contains(needs, "router") {
			e.router, err = backend.CreateRouter(e.Context(), openstack.Router{Name: "edge", ExternalNetworkID: e.first.NetworkID})
		}
		return err
	}, func() (err error) {
		if strings.Contains(needs, "address") {
			e.address, err = backend.CreateFloatingIP(e.Context(), openstack.FloatingIP{NetworkID: e.first.NetworkID})
		}
		return err
	})
	var err error
	if strings.Contains(needs, "interface") {
		e.joined, err = backend.CreateRouterInterface(e.Context(), openstack.RouterInterface{RouterID: e.router.ID, SubnetID: e.inside.ID})
		e.must(err)
	}
	if strings.Contains(needs, "route to") {
		_, err := backend.ChangeRouterRoutes(e.Context(), e.router.ID, addOffice)
		e.must(err)
	}
}

// clear removes all that is there, as one destroys what is in the state, or was imported: no record is left, and no address.
func (e *edge) clear() {
	e.Helper()
	backend := e.now()
	floating, err := backend.FloatingIPs(e.Context(), "")
	e.must(err)
	for _, f := range floating {
		forwardings, err := backend.Forwardings(e.Context(), f.ID)
		e.must(err)
		for _, one := range forwardings {
			e.must(backend.DeleteForwarding(e.Context(), f.ID, one.ID))
		}
		e.must(backend.DeleteFloatingIP(e.Context(), f.ID))
	}
	interfaces, err := backend.RouterInterfaces(e.Context(), "")
	e.must(err)
	for _, i := range interfaces {
		e.must(backend.DeleteRouterInterface(e.soon(), i.NetworkID, i.ID, true))
	}
	routers, err := backend.Routers(e.Context())
	e.must(err)
	for _, r := range routers {
		e.must(backend.DeleteRouter(e.soon(), r.ID))
	}
	e.whole(e.first, e.other)
	e.all(func() error { return backend.DeletePort(e.Context(), e.web.NetworkID, e.web.ID) },
		func() error { return backend.DeletePort(e.Context(), e.hop.NetworkID, e.hop.ID) })
	var last []func() error
	for _, s := range []openstack.Subnet{e.first, e.other, e.inside} {
		last = append(last, func() error {
			err := backend.DeleteSubnet(e.soon(), s.NetworkID, s.ID)
			if err == nil {
				_, err = backend.DeleteNetwork(e.Context(), s.NetworkID)
			}
			return err
		})
	}
	e.all(last...)
	if left := e.vc.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
		e.Fatalf("%d records VMs are left", len(left))
	}
}

// whole fails the test unless all addresses of external networks' subnets are free: five each, besides the gateway's.
func (e *edge) whole(subnets ...openstack.Subnet) {
	e.Helper()
	backend := e.now()
	var claims, drops []func() error
	for _, s := range subnets {
		for range 5 {
			claims = append(claims, func() error {
				_, err := backend.CreateFloatingIP(e.soon(), openstack.FloatingIP{NetworkID: s.NetworkID})
				return err
			})
		}
	}
	e.all(claims...)
	for _, s := range subnets {
		all, err := backend.FloatingIPs(e.Context(), s.NetworkID)
		e.must(err)
		for _, f := range all {
			drops = append(drops, func() error { return backend.DeleteFloatingIP(e.Context(), f.ID) })
		}
	}
	e.all(drops...)
}

// told fails the test unless an error gives the import block of what a killed process has left.
func (e *edge) told(err error, id string) {
	e.Helper()
	if strings.Contains(fmt.Sprint(err), nothing) {
		e.Error(err)
	}
	if err == nil || !strings.Contains(err.Error(), "import {") || !strings.Contains(err.Error(), id) {
		e.Errorf("what was left, %s, is told as %v", id, err)
	}
}

// nothing is in the error of a creation that returns the id of what is not there: a state that has it could not import what is.
const nothing = "and what was not made was returned as "

// refused adds to the error of a creation which id it has returned.
func refused(err error, id string) error {
	if err != nil && id != "" {
		return fmt.Errorf("%w, %s%s", err, nothing, id)
	}
	return err
}

// routerTo changes the router's external network.
func (e *edge) routerTo(backend sdn.Backend, network string) error {
	_, err := backend.UpdateRouter(e.soon(), e.router.ID, func(r *openstack.Router) error { r.ExternalNetworkID = network; return nil })
	return err
}

// gone fails the test unless something is deleted, or was before.
func (e *edge) gone(err error) {
	e.Helper()
	if !errors.Is(err, openstack.ErrNotFound) {
		e.must(err)
	}
}

// on fails the test unless the router has one address, of this network's.
func (e *edge) on(backend sdn.Backend, s openstack.Subnet) {
	e.Helper()
	r, err := backend.Router(e.Context(), e.router.ID)
	if err != nil || r.ExternalNetworkID != s.NetworkID || len(r.Addresses) != 1 || r.Addresses[0].SubnetID != s.ID {
		e.Fatalf("the router is on %q with %v, not on %s: %v", r.ExternalNetworkID, r.Addresses, s.NetworkID, err)
	}
}

// killedVerb is what a process does when it is killed, and what the next apply does about it.
type killedVerb struct {
	needs string // of a router, its interface, a route to another network, and the address of a floating IP
	least int    // how many changes of the vCenter it takes
	act   func(e *edge, backend sdn.Backend) error
	again func(e *edge, backend sdn.Backend)
}

// testKilled has each verb carried out by processes that are killed after none of their changes, after one, and so on, until one process
// has come to the end, which may have been killed too before Terraform's state was written.
func testKilled(t *testing.T, verbs map[string]killedVerb) {
	t.Helper()
	for name, verb := range verbs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &edge{T: t, vc: acctest.Start(t, vcsim.Options{})}
			for changes, done := 0, false; !done && !t.Failed(); changes++ {
				t.Logf("killed after %d changes", changes)
				e.build(verb.needs)
				backend, killed := e.process(changes)
				err := verb.act(e, backend)
				if done = !killed(); done {
					e.must(err)
				}
				if done && changes < verb.least {
					t.Errorf("it took %d changes only", changes)
				}
				verb.again(e, e.now())
				e.clear()
			}
		})
	}
}

// TestKilledRouter: a router whose creation, change or deletion was killed is told, shown as it has to be changed, or deleted, and none of
// its addresses is lost.
func TestKilledRouter(t *testing.T) {
	t.Parallel()
	edge1 := func(e *edge) openstack.Router {
		return openstack.Router{Name: "edge", ExternalNetworkID: e.first.NetworkID}
	}
	moved := func(e *edge, backend sdn.Backend) error { return e.routerTo(backend, e.other.NetworkID) }
	testKilled(t, map[string]killedVerb{
		"created": {"", 2, func(e *edge, backend sdn.Backend) error {
			_, err := backend.CreateRouter(e.Context(), edge1(e))
			return err
		}, func(e *edge, backend sdn.Backend) {
			all, err := backend.Routers(e.Context())
			e.must(err)
			r, err := backend.CreateRouter(e.soon(), edge1(e))
			if e.router = r; len(all) > 0 {
				e.told(refused(err, r.ID), all[0].ID)
				e.router = all[0]
				err = e.routerTo(backend, e.first.NetworkID) // the plan of the imported one, where it has no address yet
			}
			e.must(err)
			e.on(e.now(), e.first)
		}},
		"moved": {"router", 4, moved, func(e *edge, backend sdn.Backend) {
			r, err := backend.Router(e.Context(), e.router.ID)
			e.must(err)
			if r.ExternalNetworkID != e.other.NetworkID {
				e.must(moved(e, backend))
			}
			e.on(e.now(), e.other)
			e.whole(e.first)
		}},
		"moved, and back": {"router", 4, moved, func(e *edge, backend sdn.Backend) {
			e.must(e.routerTo(backend, e.first.NetworkID))
			e.on(e.now(), e.first)
			e.whole(e.other)
		}},
		"moved, and deleted": {"router", 4, moved, func(e *edge, backend sdn.Backend) {
			e.must(backend.DeleteRouter(e.soon(), e.router.ID))
		}},
		"deleted": {"router", 2, func(e *edge, backend sdn.Backend) error {
			return backend.DeleteRouter(e.soon(), e.router.ID)
		}, func(e *edge, backend sdn.Backend) {
			e.gone(backend.DeleteRouter(e.soon(), e.router.ID))
		}},
	})
}
