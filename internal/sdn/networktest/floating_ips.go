// SPDX-License-Identifier: MPL-2.0

package networktest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// outside makes an external network with a subnet of 13 addresses besides its gateway.
func (b bench) outside(backend sdn.Backend, name string) (openstack.Network, openstack.Subnet) {
	b.Helper()
	n := b.external(backend, name)
	return n, b.subnet(backend, n.ID, "203.0.113.0/28")
}

// testFloatingIPs: four processes claim more addresses than there are, and ports and floating IPs never share one.
func testFloatingIPs(t *testing.T, b bench) {
	backend := b.start(t)
	inner := b.network(backend, "contract-inner")
	b.must(backend.CheckFloatingIPs())
	_, err := backend.CheckFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: inner.ID})
	b.refused("a network that leads nowhere", err, inner.Name)
	n, s := b.outside(backend, "contract-floating")
	p, err := backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}})
	b.must(err)
	for _, address := range []string{p.FixedIPs[0].Address, s.Gateway, "198.51.100.9"} {
		wanted := openstack.FloatingIP{NetworkID: n.ID, Address: address}
		_, planned := backend.CheckFloatingIP(t.Context(), wanted)
		_, made := b.start(t).CreateFloatingIP(t.Context(), wanted)
		b.refused("an address that it cannot have, then", made, address)
		if address != "198.51.100.9" { // it may be on a subnet that is not made yet
			b.refused("an address that it cannot have, at plan", planned, address)
		}
	}
	made := b.claimFloatingIPs(n, s, p.FixedIPs[0].Address)
	last := b.start(t)
	_, err = last.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}})
	b.refused("a port beside them", err, "no address is left")
	b.refused("a subnet that is in use", last.DeleteSubnet(t.Context(), n.ID, s.ID), s.ID)
	for _, f := range made {
		changed, err := last.UpdateFloatingIP(t.Context(), f.ID, func(f *openstack.FloatingIP) error {
			f.Description, f.Address = "changed", "203.0.113.1"
			return nil
		})
		if seen, failed := b.start(t).FloatingIP(t.Context(), f.ID); err != nil || failed != nil || changed.Address != f.Address ||
			seen.Description != "changed" || seen.Address != f.Address {
			t.Errorf("%+v became %+v: %v, %v", f, seen, err, failed)
		}
		b.must(last.DeleteFloatingIP(t.Context(), f.ID))
		if _, err := last.FloatingIP(t.Context(), f.ID); !errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("a floating IP that is gone: %v", err)
		}
	}
	b.must(last.DeletePort(t.Context(), n.ID, p.ID))
	b.must(last.DeleteSubnet(t.Context(), n.ID, s.ID))
}

// claimFloatingIPs has four processes claim more addresses than a subnet has, of which a port has one, and returns what was made.
func (b bench) claimFloatingIPs(n openstack.Network, s openstack.Subnet, taken string) map[string]openstack.FloatingIP {
	b.Helper()
	const processes, each, room = 4, 5, 12
	var all sync.WaitGroup
	var mu sync.Mutex
	made, refused := map[string]openstack.FloatingIP{taken: {}}, 0
	for range processes {
		claimant := b.start(b.T)
		for range each {
			all.Go(func() {
				f, err := claimant.CreateFloatingIP(b.Context(), openstack.FloatingIP{NetworkID: n.ID})
				mu.Lock()
				defer mu.Unlock()
				_, twice := made[f.Address]
				switch {
				case err != nil && strings.Contains(err.Error(), "no address is left"):
					refused++
				case err != nil:
					b.Error(err)
				case twice || !sdn.In(s, f.Address) || f.Address == s.Gateway || f.SubnetID != s.ID || f.Mark == nil:
					b.Errorf("%+v was made", f)
				default:
					made[f.Address] = f
				}
			})
		}
	}
	all.Wait()
	delete(made, taken)
	if len(made) != room || refused != processes*each-room {
		b.Errorf("%d have an address, %d have none", len(made), refused)
	}
	return made
}

// site is an external network, a subnet inside, a router between them, and ports on the subnet.
type site struct {
	outside openstack.Network
	pool    openstack.Subnet
	inside  openstack.Subnet
	router  openstack.Router
	ports   []openstack.Port
}

// site makes a site without the router's interface.
func (b bench) site(backend sdn.Backend, name string) (s site) {
	b.Helper()
	s.outside, s.pool = b.outside(backend, name)
	inner := b.network(backend, name+"-inner")
	s.inside = b.subnet(backend, inner.ID, "10.0.0.0/24")
	var err error
	s.router, err = backend.CreateRouter(b.Context(), openstack.Router{Name: name, ExternalNetworkID: s.outside.ID})
	b.must(err)
	for _, addresses := range [][]openstack.FixedIP{nil, {{Address: "10.0.0.20"}, {Address: "10.0.0.21"}}} {
		p, err := backend.CreatePort(b.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: inner.ID, FixedIPs: addresses}})
		b.must(err)
		s.ports = append(s.ports, p)
	}
	return s
}

// route makes the interface of a site's router.
func (b bench) route(backend sdn.Backend, s site) openstack.RouterInterface {
	b.Helper()
	i, err := backend.CreateRouterInterface(b.Context(), openstack.RouterInterface{RouterID: s.router.ID, SubnetID: s.inside.ID})
	b.must(err)
	return i
}

// clearSite removes a site and its interface.
func (b bench) clearSite(backend sdn.Backend, s site, i openstack.RouterInterface) {
	b.Helper()
	b.must(backend.DeleteRouterInterface(b.Context(), i.NetworkID, i.ID, false))
	b.must(backend.DeleteRouter(b.Context(), s.router.ID))
	for _, p := range s.ports {
		if err := backend.DeletePort(b.Context(), p.NetworkID, p.ID); !errors.Is(err, openstack.ErrNotFound) {
			b.must(err)
		}
	}
	b.must(backend.DeleteSubnet(b.Context(), s.inside.NetworkID, s.inside.ID))
	b.must(backend.DeleteSubnet(b.Context(), s.pool.NetworkID, s.pool.ID))
}

// testTargets: a floating IP reaches a port by a router, an address has one of a network, and what is gone is led to no more.
func testTargets(t *testing.T, b bench) {
	backend := b.start(t)
	at := b.site(backend, "contract-targets")
	one, two := at.ports[0], at.ports[1]
	to := func(p openstack.Port, address string) openstack.FloatingIP {
		return openstack.FloatingIP{NetworkID: at.outside.ID, PortID: p.ID, FixedIP: address}
	}
	create := func(backend sdn.Backend, f openstack.FloatingIP) func(context.Context) error {
		return func(ctx context.Context) error { _, err := backend.CreateFloatingIP(ctx, f); return err }
	}
	b.waits("a subnet without a router", "has no router", create(backend, to(one, "")))
	if all, err := backend.FloatingIPs(t.Context(), at.outside.ID); err != nil || len(all) != 0 {
		t.Fatalf("what was refused is there: %+v, %v", all, err)
	}
	i := b.route(backend, at)
	for text, wanted := range map[string]openstack.FloatingIP{"there is no port": {NetworkID: at.outside.ID, PortID: "none"},
		"has several addresses": to(two, ""), "does not have the address 10.0.0.99": to(one, "10.0.0.99")} {
		_, planned := backend.CheckFloatingIP(t.Context(), wanted)
		b.refused("a port, at plan", planned, text)
		b.waits("a port", text, create(backend, wanted))
	}
	f, err := backend.CreateFloatingIP(t.Context(), to(one, ""))
	if err != nil || f.FixedIP != one.FixedIPs[0].Address || f.RouterID != at.router.ID {
		t.Fatalf("%+v was made: %v", f, err)
	}
	_, err = b.start(t).CheckFloatingIP(t.Context(), to(one, ""))
	b.refused("a second one for an address, at plan", err, f.ID)
	b.waits("a second one for an address", f.ID, create(b.start(t), to(one, "")))
	other, err := backend.CreateFloatingIP(t.Context(), to(two, "10.0.0.20"))
	b.must(err)
	lead := func(ctx context.Context, id string, p openstack.Port, address string) error {
		_, err := backend.UpdateFloatingIP(ctx, id, func(f *openstack.FloatingIP) error { f.PortID, f.FixedIP = p.ID, address; return nil })
		return err
	}
	b.waits("the other's address", other.ID, func(ctx context.Context) error { return lead(ctx, f.ID, two, "10.0.0.20") })
	b.must(lead(b.shortly(), f.ID, two, "10.0.0.21"))
	b.waits("the interface", f.Address, b.disconnect(backend, i))
	b.must(backend.DeletePort(t.Context(), two.NetworkID, two.ID))
	for _, id := range []string{f.ID, other.ID} {
		if seen, err := b.start(t).FloatingIPOn(t.Context(), at.outside.ID, id); err != nil || seen.PortID+seen.FixedIP+seen.RouterID != "" {
			t.Errorf("it leads to what is gone: %+v, %v", seen, err)
		}
	}
	b.must(lead(b.shortly(), other.ID, one, ""))
	for _, id := range []string{f.ID, other.ID} {
		b.must(backend.DeleteFloatingIP(t.Context(), id))
	}
	b.clearSite(backend, at, i)
}

// testForwardings: a floating IP leads each of its ports to one place, has no port besides, and stays while it leads somewhere.
func testForwardings(t *testing.T, b bench) {
	backend := b.start(t)
	place := b.site(backend, "contract-forwardings")
	port := place.ports[0]
	at, err := backend.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: place.outside.ID})
	b.must(err)
	wanted := openstack.Forwarding{FloatingIPID: at.ID, Protocol: "tcp", External: 2222, PortID: port.ID, Address: port.FixedIPs[0].Address,
		Internal: 22}
	create := func(backend sdn.Backend, w openstack.Forwarding) func(context.Context) error {
		return func(ctx context.Context) error { _, err := backend.CreateForwarding(ctx, w); return err }
	}
	b.waits("a subnet without a router", "has no router", create(backend, wanted))
	i := b.route(backend, place)
	f, err := backend.CreateForwarding(t.Context(), wanted)
	if err != nil || f.ID == "" || f.Mark == nil {
		t.Fatalf("%+v was made: %v", f, err)
	}
	b.refused("the same once more, at plan", b.start(t).CheckForwarding(t.Context(), wanted), f.ID)
	b.waits("the same once more", f.ID, create(b.start(t), wanted))
	udp := wanted
	udp.Protocol = "udp"
	other, err := backend.CreateForwarding(t.Context(), udp)
	b.must(err)
	b.waits("the same, by a change", f.ID, func(ctx context.Context) error {
		_, err := backend.UpdateForwarding(ctx, at.ID, other.ID, func(f *openstack.Forwarding) error { f.Protocol = "tcp"; return nil })
		return err
	})
	_, err = backend.UpdateForwarding(t.Context(), at.ID, other.ID, func(f *openstack.Forwarding) error { f.Internal = 53; return nil })
	b.must(err)
	if seen, err := b.start(t).Forwarding(t.Context(), at.ID, other.ID); err != nil || seen.Internal != 53 || seen.Protocol != "udp" {
		t.Errorf("another process sees %+v, %v", seen, err)
	}
	if seen, err := backend.FloatingIP(t.Context(), at.ID); err != nil || seen.RouterID != place.router.ID {
		t.Errorf("the floating IP is behind %+v, %v", seen, err)
	}
	b.refused("a floating IP that leads somewhere", backend.DeleteFloatingIP(t.Context(), at.ID), at.Address)
	b.waits("a port besides", "has the port forwarding", func(ctx context.Context) error {
		_, err := backend.UpdateFloatingIP(ctx, at.ID, func(f *openstack.FloatingIP) error { f.PortID = port.ID; return nil })
		return err
	})
	b.waits("the interface", at.Address, b.disconnect(backend, i))
	wanted.FloatingIPID = "none"
	b.waits("no floating IP", "none", create(backend, wanted))
	b.must(backend.DeleteForwarding(t.Context(), at.ID, f.ID))
	b.must(backend.DeletePort(t.Context(), port.NetworkID, port.ID))
	if left, err := b.start(t).Forwardings(t.Context(), at.ID); err != nil || len(left) != 0 {
		t.Errorf("%d forwardings are left: %v", len(left), err)
	}
	b.must(backend.DeleteFloatingIP(t.Context(), at.ID))
	b.clearSite(backend, place, i)
}
