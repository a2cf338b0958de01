// SPDX-License-Identifier: MPL-2.0

package networktest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// waits fails the test unless an act that waits for what does not come says the text when its time is up. It gets more time when it says
// something else, because a busy machine may not have read what is in the way within the first.
func (b bench) waits(what, text string, act func(context.Context) error) {
	b.Helper()
	Waits(b.T, what, text, act)
}

// Waits is a bench's, for the tests of one backend.
func Waits(t *testing.T, what, text string, act func(context.Context) error) {
	t.Helper()
	var err error
	for _, limit := range []time.Duration{700 * time.Millisecond, 3 * time.Second, 12 * time.Second, 48 * time.Second} {
		ctx, stop := context.WithTimeout(t.Context(), limit)
		err = act(ctx)
		stop()
		if err == nil || strings.Contains(err.Error(), text) {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v, where %q was to be said", what, err, text)
	}
}

// shortly limits what is to come by itself, though the network takes a while to follow.
func (b bench) shortly() context.Context {
	ctx, stop := context.WithTimeout(b.Context(), 10*time.Second)
	b.Cleanup(stop)
	return ctx
}

// has fails the test unless another process sees exactly these addresses of a router.
func (b bench) has(r openstack.Router, network string, addresses ...string) {
	b.Helper()
	seen, err := b.start(b.T).Router(b.Context(), r.ID)
	var got []string
	for _, ip := range seen.Addresses {
		got = append(got, ip.Address)
	}
	if err != nil || seen.ExternalNetworkID != network || !slices.Equal(got, addresses) {
		b.Errorf("the router is on %q with %v, not on %q with %v: %v", seen.ExternalNetworkID, got, network, addresses, err)
	}
}

// testRouterGateways: a router's external addresses are claimed among those of ports and floating IPs, stay while they are asked for, and
// are free when it leaves.
func testRouterGateways(t *testing.T, b bench) {
	backend := b.start(t)
	n, s := b.outside(backend, "contract-gateways") // 203.0.113.0/28: the gateway .1, a pool from .2
	build := func(r openstack.Router) (openstack.Router, error) {
		r.ExternalNetworkID = n.ID
		if err := b.start(t).CheckRouter(t.Context(), r); err != nil {
			return r, err
		}
		return b.start(t).CreateRouter(t.Context(), r)
	}
	first, err := build(openstack.Router{Name: "first"})
	b.must(err)
	b.has(first, n.ID, first.Addresses[0].Address)
	if !sdn.In(s, first.Addresses[0].Address) || first.Addresses[0].SubnetID != s.ID {
		t.Errorf("it got %v", first.Addresses)
	}
	for address, by := range map[string]string{first.Addresses[0].Address: first.ID, s.Gateway: "gateway", "198.51.100.9": "198.51.100.9"} {
		_, err := build(openstack.Router{ExternalIPs: []openstack.FixedIP{{Address: address}}})
		b.refused("a router's wish", err, by)
	}
	_, err = backend.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: n.ID, Address: first.Addresses[0].Address})
	b.refused("a floating IP at a router's address", err, first.ID)
	_, err = backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID,
		FixedIPs: []openstack.FixedIP{{Address: first.Addresses[0].Address}}}})
	b.refused("a port at a router's address", err, first.ID)
	b.waits("the subnet of a router", first.ID, func(ctx context.Context) error { return backend.DeleteSubnet(ctx, n.ID, s.ID) })

	written, err := build(openstack.Router{ExternalIPs: []openstack.FixedIP{{SubnetID: s.ID}, {Address: "203.0.113.14"}}})
	b.must(err)
	chosen := written.Addresses[0].Address
	b.has(written, n.ID, chosen, "203.0.113.14")
	b.changed(written, func(r *openstack.Router) { r.Description = "changed" })
	b.has(written, n.ID, chosen, "203.0.113.14")
	b.changed(written, func(r *openstack.Router) { r.ExternalIPs = []openstack.FixedIP{{Address: "203.0.113.14"}} })
	b.has(written, n.ID, "203.0.113.14")
	b.changed(written, func(r *openstack.Router) { r.ExternalNetworkID, r.ExternalIPs = "", nil })
	b.has(written, "")
	b.changed(first, func(r *openstack.Router) { r.ExternalIPs = []openstack.FixedIP{{Address: "203.0.113.14"}} })
	b.has(first, n.ID, "203.0.113.14")
	for _, r := range []openstack.Router{first, written} {
		b.must(backend.DeleteRouter(t.Context(), r.ID))
	}
	if f, err := backend.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: n.ID, Address: "203.0.113.14"}); err != nil {
		t.Errorf("the address of a router that is gone: %v", err)
	} else {
		b.must(backend.DeleteFloatingIP(t.Context(), f.ID))
	}
	b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
}

// changed changes a router in another process.
func (b bench) changed(r openstack.Router, change func(*openstack.Router)) {
	b.Helper()
	_, err := b.start(b.T).UpdateRouter(b.Context(), r.ID, func(r *openstack.Router) error { change(r); return nil })
	b.must(err)
}

// testRouterMoves: a router that gets another external network has an address there before it frees the one it had, stays where it was if
// there is none, and leaves no network while a floating IP leads through it.
func testRouterMoves(t *testing.T, b bench) {
	backend := b.start(t)
	here, s := b.outside(backend, "contract-here")
	there, full := b.outside(backend, "contract-there")
	r, err := backend.CreateRouter(t.Context(), openstack.Router{Name: "moves", ExternalNetworkID: here.ID})
	b.must(err)
	f, err := backend.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: here.ID})
	b.must(err)
	inner := b.network(backend, "contract-behind")
	behind := b.subnet(backend, inner.ID, "10.8.0.0/24")
	i, err := backend.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: r.ID, SubnetID: behind.ID})
	b.must(err)
	p, err := backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: inner.ID}})
	b.must(err)
	leads := func(port string) {
		_, err := b.start(t).UpdateFloatingIP(t.Context(), f.ID, func(f *openstack.FloatingIP) error {
			f.PortID, f.FixedIP = port,
				""
			return nil
		})
		b.check(err)
	}
	leads(p.ID)
	move := func(ctx context.Context, to string) error {
		_, err := b.start(t).UpdateRouter(ctx, r.ID, func(r *openstack.Router) error { r.ExternalNetworkID = to; return nil })
		return err
	}
	b.waits("a gateway with a floating IP", f.Address+" ("+f.ID, func(ctx context.Context) error { return move(ctx, "") })
	b.has(r, here.ID, r.Addresses[0].Address)
	b.waits("an interface with a floating IP", f.ID, b.disconnect(backend, i))
	b.refused("a network that is not there", move(t.Context(), "none"), "none")
	var last sync.WaitGroup
	last.Go(func() { b.check(move(t.Context(), there.ID)) })
	leads("") // the move waits for this
	last.Wait()
	seen, err := b.start(t).Router(t.Context(), r.ID)
	if err != nil || len(seen.Addresses) != 1 || !sdn.In(full, seen.Addresses[0].Address) || seen.Addresses[0].SubnetID != full.ID {
		t.Errorf("it moved to %v: %v", seen.Addresses, err)
	}
	b.must(backend.DeleteFloatingIP(t.Context(), f.ID))
	b.must(backend.DeleteSubnet(t.Context(), here.ID, s.ID)) // its address there is free
	b.leadAway(there, p)
	b.must(backend.DeletePort(t.Context(), inner.ID, p.ID))
	_, err = b.start(t).UpdateRouter(b.shortly(), r.ID, func(r *openstack.Router) error { r.ExternalNetworkID = ""; return nil })
	b.must(err) // what led to the port leads nowhere
	b.clearFloating(there)
	b.must(backend.DeleteRouterInterface(t.Context(), inner.ID, i.ID, false))
	b.must(backend.DeleteSubnet(t.Context(), inner.ID, behind.ID))
	b.must(b.start(t).DeleteRouter(t.Context(), r.ID))
	b.must(backend.DeleteSubnet(t.Context(), there.ID, full.ID))
}

// disconnect is the removal of an interface that routes may not lead by.
func (b bench) disconnect(backend sdn.Backend, i openstack.RouterInterface) func(context.Context) error {
	return func(ctx context.Context) error { return backend.DeleteRouterInterface(ctx, i.NetworkID, i.ID, false) }
}

// leadAway leads a floating IP, and a forwarding of another one, to a port.
func (b bench) leadAway(outside openstack.Network, p openstack.Port) {
	b.Helper()
	backend := b.start(b.T)
	_, err := backend.CreateFloatingIP(b.Context(), openstack.FloatingIP{NetworkID: outside.ID, PortID: p.ID})
	b.must(err)
	f, err := backend.CreateFloatingIP(b.Context(), openstack.FloatingIP{NetworkID: outside.ID})
	b.must(err)
	_, err = backend.CreateForwarding(b.Context(), openstack.Forwarding{FloatingIPID: f.ID, Protocol: "tcp", External: 22, PortID: p.ID,
		Address: p.FixedIPs[0].Address, Internal: 22})
	b.must(err)
}

// clearFloating removes the floating IPs of a network.
func (b bench) clearFloating(outside openstack.Network) {
	b.Helper()
	backend := b.start(b.T)
	all, err := backend.FloatingIPs(b.Context(), outside.ID)
	b.must(err)
	for _, f := range all {
		b.must(backend.DeleteFloatingIP(b.Context(), f.ID))
	}
}

// testRoutersRace: processes make more routers than there are addresses. None is there twice, and who gets none is told so, and leaves no
// router.
func testRoutersRace(t *testing.T, b bench) {
	backend := b.start(t)
	n, s := b.outside(backend, "contract-routers-race")
	const processes, each, room = 3, 6, 13
	var all sync.WaitGroup
	var mu sync.Mutex
	made, refused := map[string]string{}, 0
	for range processes {
		claimant := b.start(t)
		for range each {
			all.Go(func() {
				r, err := claimant.CreateRouter(t.Context(), openstack.Router{ExternalNetworkID: n.ID})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil && r.ID == "" && strings.Contains(err.Error(), "no address is left"):
					refused++
				case err != nil || len(r.Addresses) != 1 || made[r.Addresses[0].Address] != "":
					t.Errorf("%+v: %v", r, err)
				default:
					made[r.Addresses[0].Address] = r.ID
				}
			})
		}
	}
	all.Wait()
	last := b.start(t)
	left, err := last.Routers(t.Context())
	if err != nil || len(made) != room || refused != processes*each-room || len(left) != room {
		t.Errorf("%d have an address, %d have none, %d routers are left: %v", len(made), refused, len(left), err)
	}
	for _, id := range made {
		b.must(last.DeleteRouter(t.Context(), id))
	}
	b.must(last.DeleteSubnet(t.Context(), n.ID, s.ID))
}
