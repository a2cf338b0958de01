// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// routing returns the backend of a new process whose routers are tier-1 gateways of NSX.
func (s site) routing(t *testing.T) *mixed.Backend {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: s.Server(), User: s.User, Password: s.Password, CAFile: s.CAFile,
		Folder: "OpenStack", SecurityGroups: s.enforcer, Routers: vcenter.RoutersNSX})
	b, err := mixed.New(nsx.Config{Config: api.Config{Server: s.NSX.Address(), User: s.NSX.User, Password: s.NSX.Password,
		CA: string(s.NSX.CertificatePEM()), Rate: 1e6}}, c)
	must(t, err)
	t.Cleanup(func() {
		end := context.WithoutCancel(t.Context())
		_, _ = b.Close(end), c.Close(end)
	})
	return b
}

// routed is a router of NSX with a network behind it.
type routed struct {
	*testing.T
	site
	b        *mixed.Backend
	external openstack.Network
	pool     openstack.Subnet
	router   openstack.Router
	inner    openstack.Network
	subnet   openstack.Subnet
	on       openstack.RouterInterface
}

// outside gives the tier-0 gateway a subnet, and makes a router on it.
func (s site) outside(t *testing.T, r openstack.Router) *routed {
	t.Helper()
	out := &routed{T: t, site: s, b: s.routing(t)}
	out.external, out.pool = tier0(t, out.b)
	r.ExternalNetworkID = out.external.ID
	var err error
	out.router, err = out.b.CreateRouter(t.Context(), r)
	must(t, err)
	return out
}

// tier0 gives the tier-0 gateway a subnet.
func tier0(t *testing.T, b *mixed.Backend) (openstack.Network, openstack.Subnet) {
	t.Helper()
	n, err := b.CreateNetwork(t.Context(), openstack.Network{Name: "outside", AdminUp: true, External: true})
	must(t, err)
	return n, subnet(t, b, openstack.Subnet{NetworkID: n.ID, CIDR: "203.0.113.0/24"})
}

// behind puts an overlay network behind the router.
func (r *routed) behind() {
	r.Helper()
	r.inner = network(r.T, r.b, "inner", "")
	r.subnet = subnet(r.T, r.b, openstack.Subnet{NetworkID: r.inner.ID, CIDR: "10.0.0.0/24"})
	var err error
	r.on, err = r.b.CreateRouterInterface(r.Context(), openstack.RouterInterface{RouterID: r.router.ID, SubnetID: r.subnet.ID})
	must(r.T, err)
}

// becomes fails the test unless the router makes of a packet what it should.
func (r *routed) becomes(what, from, to string, port int, source, destination string, out int) {
	r.Helper()
	is := r.NSX.Translate("/infra/tier-1s/"+r.router.ID, nsxsim.RoutedPacket{Protocol: sdn.TCP, Source: netip.MustParseAddr(from),
		Destination: netip.MustParseAddr(to), SourcePort: 40000, DestinationPort: port})
	if is.Source.String() != source || is.Destination.String() != destination || is.DestinationPort != out {
		r.Errorf("%s: it is from %s to %s port %d", what, is.Source, is.Destination, is.DestinationPort)
	}
}

// end takes all away, and fails the test where anything is left.
func (r *routed) end() {
	r.Helper()
	b := r.routing(r.T)
	if r.on.ID != "" {
		must(r.T, b.DeleteRouterInterface(r.Context(), r.inner.ID, r.on.ID, false))
	}
	must(r.T, b.DeleteRouter(r.Context(), r.router.ID))
	if r.inner.ID != "" {
		must(r.T, b.DeleteSubnet(r.Context(), r.inner.ID, r.subnet.ID))
		_, err := b.DeleteNetwork(r.Context(), r.inner.ID)
		must(r.T, err)
	}
	must(r.T, b.DeleteSubnet(r.Context(), r.external.ID, r.pool.ID))
	_, err := b.DeleteNetwork(r.Context(), r.external.ID)
	must(r.T, err)
	r.empty(r.T)
}

// TestRouterTranslates: a router on NSX translates sources, floating IPs and port forwardings, as the records say, in each version, and
// nothing of it is left.
func TestRouterTranslates(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.2.3", "4.1.2", "4.2.1", "9.0.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			r := newSite(t, nsxsim.Options{Version: version}).outside(t, openstack.Router{Name: "edge"})
			r.behind()
			own := r.router.Addresses[0].Address
			r.becomes("a guest to the world", "10.0.0.9", "192.0.2.1", 443, own, "192.0.2.1", 443)
			r.becomes("a guest to a guest", "10.0.0.9", "10.0.0.8", 443, "10.0.0.9", "10.0.0.8", 443)
			r.floating()
			r.becomes("a guest to the world, afterwards", "10.0.0.5", "192.0.2.1", 443, own, "192.0.2.1", 443)
			r.end()
		})
	}
}

// floating leads a floating IP and a port forwarding to ports, and takes them away again.
func (r *routed) floating() {
	r.Helper()
	b := r.b
	one := port(r.T, b, openstack.Port{NetworkID: r.inner.ID, FixedIPs: []openstack.FixedIP{{Address: "10.0.0.5"}}})
	two := port(r.T, b, openstack.Port{NetworkID: r.inner.ID, FixedIPs: []openstack.FixedIP{{Address: "10.0.0.6"}}})
	f, err := b.CreateFloatingIP(r.Context(), openstack.FloatingIP{NetworkID: r.external.ID, PortID: one.ID})
	must(r.T, err)
	pool, err := b.CreateFloatingIP(r.Context(), openstack.FloatingIP{NetworkID: r.external.ID})
	must(r.T, err)
	w, err := b.CreateForwarding(r.Context(), openstack.Forwarding{FloatingIPID: pool.ID, Protocol: "tcp", External: 2222, PortID: two.ID,
		Address: "10.0.0.6", Internal: 22})
	must(r.T, err)
	r.becomes("a floating IP out", "10.0.0.5", "192.0.2.1", 443, f.Address, "192.0.2.1", 443)
	r.becomes("a floating IP in", "192.0.2.1", f.Address, 80, "192.0.2.1", "10.0.0.5", 80)
	r.becomes("a forwarding", "192.0.2.1", pool.Address, 2222, "192.0.2.1", "10.0.0.6", 22)
	r.becomes("another port", "192.0.2.1", pool.Address, 22, "192.0.2.1", pool.Address, 22)
	intent, err := r.routing(r.T).GatewayIntent(r.Context(), r.router.ID)
	must(r.T, err)
	for _, by := range append(r.NSX.Paths("PolicyNatRule"), r.NSX.Paths("Tier1")...) {
		if id := by[strings.LastIndex(by, "/")+1:]; !strings.Contains(intent.CarriedOut, id) {
			r.Errorf("the gateway's intent does not name %s: %s", id, intent.CarriedOut)
		}
	}
	if len(intent.FloatingIPs) != 1 || len(intent.Forwardings) != 1 || len(intent.SNAT) != 1 || intent.Interfaces[0].PhysicalNetwork == "" {
		r.Errorf("the gateway's intent is %+v", intent)
	}
	_, err = b.UpdateForwarding(r.Context(), pool.ID, w.ID, func(w *openstack.Forwarding) error { w.Internal = 23; return nil })
	must(r.T, err)
	r.becomes("a changed forwarding", "192.0.2.1", pool.Address, 2222, "192.0.2.1", "10.0.0.6", 23)
	_, err = b.UpdatePort(r.Context(), one.NetworkID, one.ID, func(w *sdn.PortRequest) error {
		w.FixedIPs = []openstack.FixedIP{{Address: "10.0.0.7"}}
		return nil
	})
	must(r.T, err)
	r.becomes("a floating IP whose port has another address", "192.0.2.1", f.Address, 80, "192.0.2.1", f.Address, 80)
	_, err = b.UpdateFloatingIP(r.Context(), f.ID, func(f *openstack.FloatingIP) error { f.PortID, f.FixedIP = one.ID, ""; return nil })
	must(r.T, err)
	r.becomes("a floating IP that leads there", "192.0.2.1", f.Address, 80, "192.0.2.1", "10.0.0.7", 80)
	must(r.T, b.DeletePort(r.Context(), one.NetworkID, one.ID))
	r.becomes("a floating IP whose port is gone", "192.0.2.1", f.Address, 80, "192.0.2.1", f.Address, 80)
	must(r.T, b.DeleteFloatingIP(r.Context(), f.ID))
	must(r.T, b.DeleteForwarding(r.Context(), pool.ID, w.ID))
	must(r.T, b.DeleteFloatingIP(r.Context(), pool.ID))
	must(r.T, b.DeletePort(r.Context(), two.NetworkID, two.ID))
}
