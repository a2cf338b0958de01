// SPDX-License-Identifier: MPL-2.0

package networktest

import (
	"context"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// portAt makes a port with some addresses.
func (b bench) portAt(backend sdn.Backend, network string, addresses ...string) openstack.Port {
	b.Helper()
	w := sdn.PortRequest{Port: openstack.Port{NetworkID: network}, NoFixedIP: len(addresses) == 0}
	for _, at := range addresses {
		w.FixedIPs = append(w.FixedIPs, openstack.FixedIP{Address: at})
	}
	p, err := backend.CreatePort(b.Context(), w)
	b.must(err)
	return p
}

// testRouterPort: an interface has the addresses of its port, which may be the gateway's, and keeps the port.
func testRouterPort(t *testing.T, b bench) {
	backend := b.start(t)
	n := b.network(backend, "contract-by-port")
	four, six := b.subnet(backend, n.ID, "10.0.0.0/24"), b.subnet(backend, n.ID, "2001:db8::/64")
	r, other := b.router(backend, "contract-by-port"), b.router(backend, "other")
	seven := "2001:db8::7"
	if b.at.Overlay {
		seven = six.Gateway
	}
	p := b.portAt(backend, n.ID, "10.0.0.1", seven)
	check := func(what string, i openstack.RouterInterface, text string) {
		i.RouterID = r.ID
		_, planned := backend.CheckRouterInterface(t.Context(), i)
		_, made := backend.CreateRouterInterface(t.Context(), i)
		b.refused(what+", at plan", planned, text)
		b.refused(what, made, text)
	}
	check("the gateway's address, which a port has", openstack.RouterInterface{SubnetID: four.ID}, p.ID)
	check("no port", openstack.RouterInterface{PortID: "none"}, `there is no port with the id "none"`)
	bare, twice := b.portAt(backend, n.ID), b.portAt(backend, n.ID, "10.0.0.8", "10.0.0.9")
	check("a port without an address", openstack.RouterInterface{PortID: bare.ID}, "has no address")
	check("two IPv4 addresses", openstack.RouterInterface{PortID: twice.ID}, "has 2 IPv4 addresses")

	i, err := backend.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: r.ID, PortID: p.ID})
	if err != nil || i.SubnetID != four.ID || i.NetworkID != n.ID || !slices.Equal(i.FixedIPs, p.FixedIPs) {
		t.Fatalf("%+v was made: %v", i, err)
	}
	_, err = b.start(t).CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: other.ID, PortID: p.ID})
	b.refused("a port that another router has", err, `"contract-by-port" (`+r.ID+")")
	_, err = b.start(t).CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: other.ID, SubnetID: six.ID})
	b.refused("the second subnet of the port", err, `"contract-by-port" (`+r.ID+")")
	for what, err := range keptPort(b, b.start(t), p) {
		b.refused(what, err, `"contract-by-port" (`+r.ID+")")
	}
	_, err = backend.UpdatePort(t.Context(), n.ID, p.ID, func(w *sdn.PortRequest) error { w.Name = "gate"; return nil })
	b.must(err)
	b.waits("a subnet that is in use", p.ID, func(ctx context.Context) error { return backend.DeleteSubnet(ctx, n.ID, six.ID) })
	b.must(backend.DeleteRouterInterface(t.Context(), n.ID, i.ID, false))

	b.refused("a NIC at the gateway's address", b.start(t).CheckPlug(t.Context(), p), "10.0.0.1 is the gateway")
	_, err = b.start(t).UpdatePort(t.Context(), n.ID, p.ID, func(w *sdn.PortRequest) error { w.DeviceID = "an-instance"; return nil })
	b.refused("the same, when it is plugged in", err, "10.0.0.1 is the gateway")
	_, err = backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, Implicit: true, DeviceID: "an-instance",
		FixedIPs: []openstack.FixedIP{{Address: "2001:db8::1"}}}})
	b.refused("an instance's own port at the gateway's address", err, "2001:db8::1 is the gateway")
	for _, one := range []openstack.Port{p, bare, twice} {
		b.must(backend.DeletePort(t.Context(), n.ID, one.ID))
	}
	i = b.interfaceOn(b.start(t), r.ID, four.ID)
	testRouterAddress(t, b, i)
	backend = b.start(t)
	b.must(backend.DeleteRouterInterface(t.Context(), n.ID, i.ID, false))
	for _, id := range []string{r.ID, other.ID} {
		b.must(backend.DeleteRouter(t.Context(), id))
	}
	for _, s := range []openstack.Subnet{four, six} {
		b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
	}
}

// keptPort tries all that the router does not let happen to its port.
func keptPort(b bench, backend sdn.Backend, p openstack.Port) map[string]error {
	b.Helper()
	elsewhere := []openstack.FixedIP{{Address: "10.0.0.77"}}
	change := func(shape func(*sdn.PortRequest)) error {
		_, err := backend.UpdatePort(b.Context(), p.NetworkID, p.ID, func(w *sdn.PortRequest) error { shape(w); return nil })
		return err
	}
	moved := p
	moved.FixedIPs = elsewhere
	return map[string]error{
		"the port's deletion":          backend.DeletePort(b.Context(), p.NetworkID, p.ID),
		"its other addresses":          change(func(w *sdn.PortRequest) { w.FixedIPs = elsewhere }),
		"its other addresses, at plan": backend.CheckClaim(b.Context(), sdn.PortRequest{Port: moved}),
		"its instance":                 change(func(w *sdn.PortRequest) { w.DeviceID = "an-instance" }),
		"its instance, at plan":        backend.CheckPlug(b.Context(), p),
	}
}

// testRouterAddress: nothing else gets the gateway's address while a router has it by an interface on the subnet.
func testRouterAddress(t *testing.T, b bench, i openstack.RouterInterface) {
	w := sdn.PortRequest{Port: openstack.Port{NetworkID: i.NetworkID, FixedIPs: []openstack.FixedIP{{Address: "10.0.0.1"}}}}
	_, err := b.start(t).CreatePort(t.Context(), w)
	b.refused("a port at the router's address", err, "10.0.0.1 belongs to the router interface "+i.ID)
	b.refused("the same at plan", b.start(t).CheckClaim(t.Context(), w), "10.0.0.1 belongs to the router interface "+i.ID)
}

// testRouterOverlap: the subnets of one router, those of its external network included, share no address.
func testRouterOverlap(t *testing.T, b bench) {
	backend := b.start(t)
	var nets []openstack.Network
	var subnets []openstack.Subnet
	for _, name := range []string{"one", "two", "out"} {
		build := b.network
		if name == "out" {
			build = b.external
		}
		n := build(backend, "contract-overlap-"+name)
		nets, subnets = append(nets, n), append(subnets, b.subnet(backend, n.ID, map[string]string{"one": "10.0.0.0/24", "two": "10.0.0.128/25",
			"out": "10.0.1.0/24"}[name]))
	}
	inside := b.subnet(backend, nets[1].ID, "10.0.1.0/26")
	r, err := backend.CreateRouter(t.Context(), openstack.Router{Name: "contract-overlap", ExternalNetworkID: nets[2].ID})
	b.must(err)
	other := b.router(backend, "other")
	i := b.interfaceOn(backend, r.ID, subnets[0].ID)
	for subnet, beside := range map[string]string{subnets[1].ID: subnets[0].ID, inside.ID: subnets[2].ID, subnets[2].ID: subnets[2].ID} {
		want := openstack.RouterInterface{RouterID: r.ID, SubnetID: subnet}
		_, planned := b.start(t).CheckRouterInterface(t.Context(), want)
		_, made := b.start(t).CreateRouterInterface(t.Context(), want)
		b.refused("an overlap, at plan", planned, "overlaps 10.0.")
		b.refused("an overlap", made, beside)
	}
	free := b.start(t)
	planned, err := free.CheckRouterInterface(t.Context(), openstack.RouterInterface{RouterID: other.ID, SubnetID: subnets[1].ID})
	b.must(err)
	free.Planned().RouterInterfaces.Expect(planned)
	_, err = free.CheckRouterInterface(t.Context(), openstack.RouterInterface{RouterID: r.ID, SubnetID: subnets[1].ID})
	b.refused("a subnet that is to have another router", err, "another router interface of this configuration")
	b.must(backend.DeleteRouterInterface(t.Context(), nets[0].ID, i.ID, false))
	for _, id := range []string{r.ID, other.ID} {
		b.must(backend.DeleteRouter(t.Context(), id))
	}
	for _, s := range append(subnets, inside) {
		b.must(backend.DeleteSubnet(t.Context(), s.NetworkID, s.ID))
	}
}

// testInterfaceInUse: an interface waits for the floating IPs and forwardings that lead through it, and not for those of ports that are
// gone.
func testInterfaceInUse(t *testing.T, b bench) {
	backend := b.start(t)
	out, n := b.external(backend, "contract-behind-out"), b.network(backend, "contract-behind")
	pool, s := b.subnet(backend, out.ID, "203.0.113.0/24"), b.subnet(backend, n.ID, "10.0.0.0/24")
	r, err := backend.CreateRouter(t.Context(), openstack.Router{Name: "contract-behind", ExternalNetworkID: out.ID})
	b.must(err)
	i, p := b.interfaceOn(backend, r.ID, s.ID), b.portAt(backend, n.ID, "10.0.0.9")
	f, err := backend.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: out.ID, PortID: p.ID, FixedIP: "10.0.0.9", RouterID: r.ID})
	b.must(err)
	bare, err := backend.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: out.ID, RouterID: r.ID})
	b.must(err)
	w, err := backend.CreateForwarding(t.Context(), openstack.Forwarding{FloatingIPID: bare.ID, Protocol: "tcp", External: 80, PortID: p.ID,
		Address: "10.0.0.9", Internal: 8080})
	b.must(err)
	for _, text := range []string{f.ID, w.ID} {
		b.waits("an interface that is led through", text,
			func(ctx context.Context) error { return b.start(t).DeleteRouterInterface(ctx, n.ID, i.ID, true) })
	}
	b.must(backend.DeleteForwarding(t.Context(), bare.ID, w.ID))
	b.waits("an interface that a floating IP leads through", f.Address, b.disconnect(b.start(t), i))
	b.must(backend.DeletePort(t.Context(), n.ID, p.ID))
	backend = b.start(t)
	b.must(backend.DeleteRouterInterface(t.Context(), n.ID, i.ID, false))
	for _, id := range []string{f.ID, bare.ID} {
		b.must(backend.DeleteFloatingIP(t.Context(), id))
	}
	b.must(backend.DeleteRouter(t.Context(), r.ID))
	b.must(backend.DeleteSubnet(t.Context(), n.ID, s.ID))
	b.must(backend.DeleteSubnet(t.Context(), out.ID, pool.ID))
}
