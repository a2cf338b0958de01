// SPDX-License-Identifier: MPL-2.0

package networktest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// behind is what testGatewayIntent puts behind a router.
type behind struct {
	way, inner openstack.Network
	out, in    openstack.Subnet
	router     openstack.Router
	gate       openstack.RouterInterface
	web, app   openstack.SecurityGroup
	server     openstack.Port
	client     openstack.Port
	free       openstack.Port
}

// testGatewayIntent: the intent of a router has all that is recorded for it and nothing of others, is equal for all processes, and follows
// what others change.
func testGatewayIntent(t *testing.T, b bench) {
	backend := b.start(t)
	h := b.behind(backend)
	one, err := backend.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: h.way.ID, Address: "203.0.113.14", RouterID: h.router.ID,
		PortID: h.server.ID, FixedIP: "10.20.0.10"})
	b.must(err)
	got, err := backend.GatewayIntent(t.Context(), h.router.ID)
	b.must(err)
	if len(got.Interfaces) != 1 || got.Interfaces[0].Address != h.in.Gateway || got.Interfaces[0].CIDR != "10.20.0.0/24" ||
		got.Interfaces[0].ID != h.gate.ID || got.Interfaces[0].NetworkName != h.inner.Name {
		t.Errorf("the interfaces are %+v", got.Interfaces)
	}
	if got.External.NetworkID != h.way.ID || got.Router.Name != h.router.Name {
		t.Errorf("the router %+v leads to %+v", got.Router, got.External)
	}
	if len(got.SNAT) != 1 || !slices.Equal(got.SNAT[0].Sources, []string{"10.20.0.0/24"}) {
		t.Errorf("sources are translated by %+v", got.SNAT)
	}
	if len(got.FloatingIPs) != 1 || got.FloatingIPs[0].Address != one.Address || got.FloatingIPs[0].FixedIP != "10.20.0.10" ||
		got.FloatingIPs[0].NetworkID != h.inner.ID {
		t.Errorf("the floating IPs are %+v", got.FloatingIPs)
	}
	b.intendedRules(got, h)

	process := b.start(t)
	if seen, err := process.GatewayIntent(t.Context(), h.router.ID); err != nil || !reflect.DeepEqual(got, seen) {
		t.Errorf("another process sees\n%+v\nand this one\n%+v\n%v", seen, got, err)
	}
	_, err = process.UpdateFloatingIP(t.Context(), one.ID, func(f *openstack.FloatingIP) error { f.PortID, f.FixedIP = "", ""; return nil })
	b.must(err)
	if seen, err := backend.GatewayIntent(t.Context(), h.router.ID); err != nil || len(seen.FloatingIPs) != 0 {
		t.Errorf("a floating IP that leads nowhere any more: %+v, %v", seen.FloatingIPs, err)
	}
	if _, err := backend.GatewayIntent(t.Context(), "none"); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("a router that there is not: %v", err)
	}
	b.must(process.DeleteFloatingIP(t.Context(), one.ID))
	b.clearBehind(process, h)
}

// intendedRules checks ports and rules: a server that lets in the members of another group, a client, and a port without groups.
func (b bench) intendedRules(got openstack.GatewayIntent, h behind) {
	b.Helper()
	var ports []string
	for _, p := range got.Ports {
		if ports = append(ports, p.ID); p.Filtered != (p.ID != h.free.ID) || len(p.Addresses) != 1 {
			b.Errorf("the port %+v", p)
		}
	}
	if !slices.Equal(ports, []string{h.server.ID, h.client.ID, h.free.ID}) {
		b.Errorf("the ports are %q", ports)
	}
	if len(got.Rules) != 1 {
		b.Fatalf("the rules are %+v", got.Rules)
	}
	r := got.Rules[0]
	if r.GroupID != h.web.ID || r.Direction != openstack.Ingress || r.Protocol != "tcp" || r.Number != sdn.TCP || *r.PortMin != 80 ||
		*r.PortMax != 81 || r.ICMPType != nil || !slices.Equal(r.Local, []string{"10.20.0.10/32"}) ||
		!slices.Equal(r.Remote, []string{"10.20.0.20/32"}) {
		b.Errorf("the rule is %+v", r)
	}
}

// behind makes an external network, and a router with a subnet behind it, three ports and two groups.
func (b bench) behind(backend sdn.Backend) (h behind) {
	b.Helper()
	var err error
	h.way, h.out = b.outside(backend, "contract-intent-out")
	h.inner = b.network(backend, "contract-intent-in")
	h.in = b.subnet(backend, h.inner.ID, "10.20.0.0/24")
	h.router, err = backend.CreateRouter(b.Context(), openstack.Router{Name: "contract-intent", ExternalNetworkID: h.way.ID})
	b.must(err)
	h.gate, err = backend.CreateRouterInterface(b.Context(), openstack.RouterInterface{RouterID: h.router.ID, SubnetID: h.in.ID})
	b.must(err)
	stateful := sdn.AsInOpenStack(backend.Enforcer())
	h.web, err = backend.CreateGroup(b.Context(), openstack.SecurityGroup{Name: "contract-intent-web", Bare: true, Stateful: stateful})
	b.must(err)
	h.app, err = backend.CreateGroup(b.Context(), openstack.SecurityGroup{Name: "contract-intent-app", Bare: true, Stateful: stateful})
	b.must(err)
	for _, way := range []string{openstack.IPv4, openstack.IPv6} { // no port has IPv6
		_, err = backend.CreateRule(b.Context(), openstack.SecurityGroupRule{GroupID: h.web.ID, Direction: openstack.Ingress, EtherType: way,
			Protocol: "tcp", PortMin: number(80), PortMax: number(81), RemoteGroupID: h.app.ID})
		b.must(err)
	}
	port := func(address string, groups ...string) openstack.Port {
		p, err := backend.CreatePort(b.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: h.inner.ID, Groups: groups,
			FixedIPs: []openstack.FixedIP{{Address: address}}}})
		b.must(err)
		return p
	}
	h.server, h.client, h.free = port("10.20.0.10", h.web.ID), port("10.20.0.20", h.app.ID), port("10.20.0.30")
	return h
}

// clearBehind removes what behind has made.
func (b bench) clearBehind(backend sdn.Backend, h behind) {
	b.Helper()
	b.must(backend.DeleteRouterInterface(b.Context(), h.inner.ID, h.gate.ID, false))
	b.must(backend.DeleteRouter(b.Context(), h.router.ID))
	for _, p := range []openstack.Port{h.server, h.client, h.free} {
		b.must(backend.DeletePort(b.Context(), h.inner.ID, p.ID))
	}
	g, err := backend.Group(b.Context(), h.web.ID)
	b.must(err)
	for _, r := range g.Rules {
		b.must(backend.DeleteRule(b.Context(), r.ID))
	}
	b.must(backend.DeleteGroup(b.Context(), h.web.ID))
	b.must(backend.DeleteGroup(b.Context(), h.app.ID))
	b.must(backend.DeleteSubnet(b.Context(), h.inner.ID, h.in.ID))
	b.must(backend.DeleteSubnet(b.Context(), h.way.ID, h.out.ID))
}
