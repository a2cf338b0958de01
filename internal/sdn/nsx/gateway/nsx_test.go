// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"net/netip"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// manager is an NSX, which refuses fields that its types do not have and knows what becomes of a packet.
type manager struct {
	*testing.T
	*api.Client
	sim *nsxsim.Manager
}

func start(t *testing.T, version string) manager {
	t.Helper()
	sim := nsxsim.Start(t, nsxsim.Options{Version: version, Rate: -1, Delays: nsxsim.Delays{Publish: -1, Realize: -1, Delete: -1, Search: -1}})
	client, err := api.New(api.Config{Server: sim.Address(), User: sim.User, Password: sim.Password, CA: string(sim.CertificatePEM()),
		Rate: 1e9})
	if err != nil {
		t.Fatal(err)
	}
	return manager{t, client, sim}
}

// create makes an object, which must be as its merge wants it.
func (m manager) create(path string, body any, merge func(policy.Object) (bool, error)) {
	m.Helper()
	if err := m.Create(m.Context(), path, body, nil); err != nil {
		m.Errorf("%s: %v", path, err)
	}
	m.change(path, false, merge)
}

// change merges into an object.
func (m manager) change(path string, want bool, merge func(policy.Object) (bool, error)) {
	m.Helper()
	if _, err := m.Update(m.Context(), path, func(o map[string]any) (bool, error) {
		is, err := merge(o)
		if is != want {
			m.Errorf("%s: the merge reports %t, and %t is expected", path, is, want)
		}
		return is, err
	}); err != nil {
		m.Errorf("%s: %v", path, err)
	}
}

// rule makes a NAT rule.
func (m manager) rule(r gateway.NATRule) {
	m.Helper()
	m.create(gateway.NATRulePath(root, "r", r.ID), r, func(o policy.Object) (bool, error) { return gateway.MergeNATRule(owner, o, r) })
}

// TestNSXTranslates makes a router with all that hangs on one, at each version, and asks what becomes of packets.
func TestNSXTranslates(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.2.3", "4.1.2", "4.2.1", "9.0.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			m := start(t, version)
			r := openstack.Router{ID: "r", Name: "edge", ExternalNetworkID: "ext", Addresses: []openstack.FixedIP{{Address: "203.0.113.10"}}}
			m.route(r)
			rules, err := gateway.SubnetRules(owner, r, []openstack.Subnet{web})
			if err != nil {
				t.Fatal(err)
			}
			rules = append(rules, gateway.FloatingIPRules(owner, openstack.FloatingIP{ID: "f", Address: "203.0.113.20", FixedIP: "10.0.0.5"})...)
			forwarding := openstack.Forwarding{ID: "p", Protocol: "tcp", External: 2222, Address: "10.0.0.6", Internal: 22}
			service := gateway.ForwardingService(owner, forwarding)
			m.create(gateway.ServicePath(root, "p"), service, func(o policy.Object) (bool, error) {
				return gateway.MergeForwardingService(owner, o, service)
			})
			for _, one := range append(rules, gateway.ForwardingRule(owner, root, forwarding, "203.0.113.30")) {
				m.rule(one)
			}
			m.translates()
		})
	}
}

// route makes a router with an edge cluster, a route, and an interface on an overlay and on a VLAN.
func (m manager) route(r openstack.Router) {
	m.Helper()
	u := gateway.Uplink{Tier0: nsxsim.Tier0, EdgeCluster: nsxsim.EdgeCluster, IPv6: []string{"2001:db8::/64"}}
	path := gateway.RouterPath(root, r.ID)
	router := func(edges bool) func(policy.Object) (bool, error) {
		return func(o policy.Object) (bool, error) { return gateway.MergeRouter(owner, o, r, u, edges) }
	}
	m.create(path, gateway.RouterOf(owner, r, u), router(false))
	edges := gateway.LocaleServices{EdgeClusterPath: nsxsim.EdgeCluster}
	m.create(gateway.LocaleServicesPath(root, r.ID), gateway.LocaleServices{}, func(o policy.Object) (bool, error) {
		return gateway.LocaleServices{}.Merge(o), nil
	})
	for _, want := range []bool{true, false} {
		m.change(gateway.LocaleServicesPath(root, r.ID), want, func(o policy.Object) (bool, error) { return edges.Merge(o), nil })
		m.change(path, want, router(true))
	}
	route, err := gateway.StaticRouteOf(owner, openstack.Route{Destination: "10.9.0.0/16", NextHop: "10.0.0.9"})
	if err != nil {
		m.Fatal(err)
	}
	m.create(gateway.StaticRoutePath(root, r.ID, route.ID), route, func(o policy.Object) (bool, error) {
		return gateway.MergeStaticRoute(owner, o, route)
	})
	m.interfaces(r)
}

// interfaces puts a router on an overlay network and on a VLAN.
func (m manager) interfaces(r openstack.Router) {
	m.Helper()
	for zone, n := range map[string]openstack.Network{nsxsim.OverlayZone: {ID: "n", AdminUp: true, Overlay: true},
		nsxsim.VLANZone: {ID: "vlan", AdminUp: true, VLAN: 7}} {
		if err := m.Create(m.Context(), root.Segment(n.ID), owner.Segment(n, zone), nil); err != nil {
			m.Fatal(err)
		}
	}
	entry, err := policy.SegmentSubnetOf(web, "")
	if err != nil {
		m.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		m.change(root.Segment("n"), want, func(o policy.Object) (bool, error) {
			connected, err := gateway.Connect(owner, root, o, r.ID)
			if err != nil {
				return false, err
			}
			served, err := owner.MergeSubnet(o, entry, "")
			return connected || served, err
		})
	}
	on := openstack.RouterInterface{RouterID: r.ID, NetworkID: "vlan", SubnetID: "v"}
	body, err := gateway.InterfaceOf(owner, root, on, []openstack.Subnet{{ID: "v", CIDR: "10.7.0.0/24", Gateway: "10.7.0.1"}})
	if err != nil {
		m.Fatal(err)
	}
	m.create(gateway.InterfacePath(root, r.ID, "vlan"), body, func(o policy.Object) (bool, error) {
		return gateway.MergeInterface(owner, o, body)
	})
}

// translates asks what becomes of packets that come to the router.
func (m manager) translates() {
	m.Helper()
	packet := func(from, to string, port int) nsxsim.RoutedPacket {
		return nsxsim.RoutedPacket{Protocol: sdn.TCP, Source: netip.MustParseAddr(from), Destination: netip.MustParseAddr(to), SourcePort: 40000,
			DestinationPort: port}
	}
	for name, c := range map[string]struct{ is, becomes nsxsim.RoutedPacket }{
		"a guest to the world":       {packet("10.0.0.9", "192.0.2.1", 443), packet("203.0.113.10", "192.0.2.1", 443)},
		"a floating IP out":          {packet("10.0.0.5", "192.0.2.1", 443), packet("203.0.113.20", "192.0.2.1", 443)},
		"a floating IP in":           {packet("192.0.2.1", "203.0.113.20", 80), packet("192.0.2.1", "10.0.0.5", 80)},
		"a forwarding":               {packet("192.0.2.1", "203.0.113.30", 2222), packet("192.0.2.1", "10.0.0.6", 22)},
		"another port":               {packet("192.0.2.1", "203.0.113.30", 22), packet("192.0.2.1", "203.0.113.30", 22)},
		"a guest to a guest":         {packet("10.0.0.5", "10.0.0.6", 80), packet("10.0.0.5", "10.0.0.6", 80)},
		"the forwarded guest's mail": {packet("10.0.0.6", "192.0.2.1", 25), packet("203.0.113.10", "192.0.2.1", 25)},
	} {
		if got := m.sim.Translate(gateway.RouterPath(root, "r"), c.is); got.Destination != c.becomes.Destination ||
			got.DestinationPort != c.becomes.DestinationPort || got.Source != c.becomes.Source {
			m.Errorf("%s: %v becomes %v and not %v", name, c.is, got, c.becomes)
		}
	}
}
