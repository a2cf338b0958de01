// SPDX-License-Identifier: MPL-2.0

package networktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// router makes a router that is deleted when the test ends.
func (b bench) router(backend sdn.Backend, name string) openstack.Router {
	b.Helper()
	r, err := backend.CreateRouter(b.Context(), openstack.Router{Name: name})
	b.must(err)
	return r
}

// refused fails the test unless there is an error that contains a text.
func (b bench) refused(what string, err error, text string) {
	b.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		b.Errorf("%s: %v, where %q was to be said", what, err, text)
	}
}

func testRouter(t *testing.T, b bench) {
	backend := b.start(t)
	if caveat, err := backend.CheckRouters(); err != nil || (caveat != "") != b.at.Recorded {
		t.Errorf("routers are refused, or said to be records: %q, %v", caveat, err)
	}
	if caveat, err := backend.CheckRouters(); err != nil || caveat != "" {
		t.Errorf("it is said twice, or refused: %q, %v", caveat, err)
	}
	n := b.wayOut(backend)
	s := b.subnet(backend, n.ID, "203.0.113.0/24")
	out := openstack.Router{ExternalNetworkID: n.ID, ExternalIPs: []openstack.FixedIP{{SubnetID: s.ID, Address: "203.0.113.9"}}}
	strange := out
	strange.ExternalIPs = []openstack.FixedIP{{Address: "203.0.114.9"}}
	b.refused("an address that is not there", backend.CheckRouter(t.Context(), strange), "203.0.114.9")

	first, err := backend.CreateRouter(t.Context(), out)
	if err != nil || first.ID == "" || first.Mark == nil {
		t.Fatalf("%+v was made: %v", first, err)
	}
	if second := b.router(backend, ""); second.ID == first.ID {
		t.Error("two routers have one id")
	} else {
		b.must(backend.DeleteRouter(t.Context(), second.ID))
	}
	_, err = backend.UpdateRouter(t.Context(), first.ID, func(r *openstack.Router) error {
		r.Name, r.Tags = "changed", []string{"a"}
		return nil
	})
	b.must(err)
	testTwinRouters(t, b, backend, first.ID, out)
	_, err = backend.UpdateRouter(t.Context(), first.ID, func(r *openstack.Router) error {
		r.ExternalNetworkID = "none"
		return nil
	})
	b.refused("a change to a network that is not there", err, "none")
	_, err = backend.UpdateRouter(t.Context(), first.ID, func(*openstack.Router) error { return errors.New("on second thought") })
	b.refused("a change that is called off", err, "on second thought")
	seen, err := b.start(t).Router(t.Context(), first.ID)
	if err != nil || seen.Name != "changed" || !slices.Equal(seen.Tags, []string{"a"}) || seen.ExternalNetworkID != n.ID ||
		!slices.Equal(seen.Addresses, out.ExternalIPs) || seen.Mark == nil {
		t.Errorf("another process sees %+v, %v", seen, err)
	}
	b.must(backend.DeleteRouter(t.Context(), first.ID))
	if _, err := backend.Router(t.Context(), first.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a router that is gone: %v", err)
	}
	b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
}

// wayOut makes an external network. Before it is one, no router has it.
func (b bench) wayOut(backend sdn.Backend) openstack.Network {
	b.Helper()
	n := b.network(backend, "contract-way-out")
	out := openstack.Router{ExternalNetworkID: n.ID}
	b.refused("a network that leads nowhere", backend.CheckRouter(b.Context(), out), n.Name)
	_, err := backend.CreateRouter(b.Context(), out)
	b.refused("the same, when it is made", err, n.Name)
	if b.at.Outside != nil {
		return b.external(backend, "contract-outside")
	}
	n.External = true
	backend.Planned().Networks.Expect(n)
	b.must(backend.CheckRouter(b.Context(), out))
	_, err = backend.UpdateNetwork(b.Context(), n)
	b.must(err)
	return n
}

// testTwinRouters: names need not be unique, but a router that equals an existing, unused one of another process is not made a second
// time: the existing one is most likely left over from a failed creation.
func testTwinRouters(t *testing.T, b bench, backend sdn.Backend, first string, out openstack.Router) {
	twin := out
	twin.Name, twin.Tags = "changed", []string{"a"}
	_, err := b.start(t).CreateRouter(t.Context(), twin)
	b.refused("a second record of one router", err, "import {\n  to = novasphere_networking_router.ADDRESS\n  id = \""+first)
	_, err = backend.UpdateRouter(t.Context(), first, func(r *openstack.Router) error { r.ExternalIPs = nil; return nil })
	b.must(err)
	twin.ExternalIPs = nil
	_, err = b.start(t).CreateRouter(t.Context(), twin)
	b.refused("a second record of a router with any address", err, "import {\n  to = novasphere_networking_router.ADDRESS\n  id = \""+first)
	for what, shape := range map[string]func(*openstack.Router){
		"with a description": func(r *openstack.Router) { r.Description = "the other one" },
		"by no way out":      func(r *openstack.Router) { r.ExternalNetworkID, r.ExternalIPs = "", nil },
	} {
		other := twin
		shape(&other)
		process := b.start(t)
		made, err := process.CreateRouter(t.Context(), other)
		if err != nil {
			t.Errorf("another router of the name, %s: %v", what, err)
			continue
		}
		b.must(process.DeleteRouter(t.Context(), made.ID))
	}
	second, err := backend.CreateRouter(t.Context(), twin) // two resources of one configuration
	b.must(err)
	b.must(backend.DeleteRouter(t.Context(), second.ID))
	n := b.network(backend, "contract-used")
	s := b.subnet(backend, n.ID, "10.9.0.0/24")
	i, err := backend.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: first, SubnetID: s.ID})
	b.must(err)
	process := b.start(t)
	second, err = process.CreateRouter(t.Context(), twin)
	b.must(err)
	b.must(process.DeleteRouter(t.Context(), second.ID))
	b.must(backend.DeleteRouterInterface(t.Context(), n.ID, i.ID, false))
	b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
}

func testRouterInterface(t *testing.T, b bench) {
	backend := b.start(t)
	n := b.network(backend, "contract-interfaces")
	s := b.subnet(backend, n.ID, "10.0.0.0/24")
	dark := b.subnet(backend, n.ID, "10.0.1.0/24")
	_, err := backend.UpdateSubnet(t.Context(), n.ID, dark.ID, func(s *openstack.Subnet) error { s.Gateway = ""; return nil })
	b.must(err)
	r, other := b.router(backend, "contract"), b.router(backend, "other")
	check := func(router, subnet string) error {
		_, planned := backend.CheckRouterInterface(t.Context(), openstack.RouterInterface{RouterID: router, SubnetID: subnet})
		_, made := backend.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: router, SubnetID: subnet})
		if planned == nil || made == nil || planned.Error() != made.Error() {
			t.Errorf("at plan: %v; then: %v", planned, made)
		}
		return made
	}
	b.refused("a subnet without a gateway", check(r.ID, dark.ID), dark.ID)
	b.refused("no subnet", check(r.ID, "nowhere"), "nowhere")
	b.refused("no router", check("nobody", s.ID), "nobody")
	if i, err := backend.CheckRouterInterface(t.Context(), openstack.RouterInterface{RouterID: r.ID, SubnetID: s.ID}); err != nil ||
		i.NetworkID != n.ID {
		t.Errorf("%+v, %v", i, err)
	}
	i, err := b.start(t).CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: r.ID, SubnetID: s.ID})
	if err != nil || i.ID == "" || i.NetworkID != n.ID || i.Mark == nil {
		t.Fatalf("%+v was made: %v", i, err)
	}
	_, err = backend.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: other.ID, SubnetID: s.ID})
	b.refused("a second router", err, `"contract" (`+r.ID+")")
	backend = b.start(t)
	b.refused("a second router, planned", check(other.ID, s.ID), `"contract" (`+r.ID+")")
	if _, err := backend.CheckRouterInterface(t.Context(), openstack.RouterInterface{ID: i.ID, RouterID: other.ID,
		SubnetID: s.ID}); err != nil {
		t.Errorf("an interface in the place of another: %v", err)
	}
	if _, err := backend.CheckRouterInterface(t.Context(), openstack.RouterInterface{RouterID: other.ID, SubnetID: s.ID}); err != nil {
		t.Errorf("the same, once more, as of a new one: %v", err)
	}
	b.waits("a router that is in use", s.ID, func(ctx context.Context) error { return backend.DeleteRouter(ctx, r.ID) })
	if _, err := b.start(t).Router(t.Context(), r.ID); err != nil {
		t.Errorf("a router that was not to be deleted: %v", err)
	}
	b.refused("a subnet that is in use", backend.DeleteSubnet(t.Context(), n.ID, s.ID), `"contract" (`+r.ID+")")
	_, err = backend.UpdateSubnet(t.Context(), n.ID, s.ID, func(s *openstack.Subnet) error { s.Gateway = ""; return nil })
	b.refused("the gateway of a subnet with a router", err, `"contract" (`+r.ID+")")
	b.must(backend.DeleteRouterInterface(t.Context(), n.ID, i.ID, false))
	if _, err := backend.RouterInterface(t.Context(), n.ID, i.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("an interface that is gone: %v", err)
	}
	for _, id := range []string{r.ID, other.ID} {
		b.must(backend.DeleteRouter(t.Context(), id))
	}
	for _, id := range []string{s.ID, dark.ID} {
		b.must(backend.DeleteSubnet(t.Context(), n.ID, id))
	}
}

// testRouterRace: processes attach a router to a subnet while another deletes the router. There must never be an interface without its
// router, nor two on one subnet.
func testRouterRace(t *testing.T, b bench) {
	backend := b.start(t)
	n := b.network(backend, "contract-race")
	s := b.subnet(backend, n.ID, "10.0.0.0/24")
	const processes, rounds = 3, 5
	for round := range rounds {
		r := b.router(backend, fmt.Sprintf("contract-%d", round)) // the previous round's router may still be there
		wanted := openstack.RouterInterface{RouterID: r.ID, SubnetID: s.ID}
		var all sync.WaitGroup
		for range processes {
			claimant := b.start(t)
			all.Go(func() {
				if i, err := claimant.CreateRouterInterface(t.Context(), wanted); err != nil && i.ID != "" {
					t.Errorf("%s was made, with the error %v", i.ID, err)
				}
			})
		}
		remover := b.start(t)
		brief, stop := context.WithTimeout(t.Context(), 700*time.Millisecond)
		defer stop()
		all.Go(func() { _ = remover.DeleteRouter(brief, r.ID) }) // may fail: the test looks at the result
		all.Wait()
		after := b.start(t)
		left, err := after.RouterInterfaces(t.Context(), n.ID)
		b.must(err)
		_, gone := after.Router(t.Context(), r.ID)
		if len(left) > 1 || len(left) == 1 && gone != nil {
			t.Fatalf("%d interfaces are left, and of the router: %v", len(left), gone)
		}
		for _, i := range left {
			b.must(after.DeleteRouterInterface(t.Context(), n.ID, i.ID, false))
		}
		if gone == nil {
			b.must(after.DeleteRouter(t.Context(), r.ID))
		}
	}
	b.must(b.start(t).DeleteSubnet(t.Context(), n.ID, s.ID))
}
