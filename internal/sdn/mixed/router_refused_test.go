// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestRouterIsRefused: what NSX refuses of a new router leaves no record.
func TestRouterIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	r := s.outside(t, openstack.Router{Name: "edge"})
	r.behind()
	p := port(t, r.b, openstack.Port{NetworkID: r.inner.ID})
	s.refuse(func(q *http.Request) bool {
		return q.Method == http.MethodPut && strings.Contains(q.URL.Path, "/nat-rules/D-")
	})
	if f, err := r.b.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: r.external.ID, PortID: p.ID}); err == nil || f.ID != "" {
		t.Errorf("a floating IP that NSX refuses: %+v, %v", f, err)
	}
	s.refuse(func(q *http.Request) bool {
		return q.Method == http.MethodPut && strings.HasSuffix(q.URL.Path, "/locale-services/default")
	})
	if made, err := r.b.CreateRouter(t.Context(), openstack.Router{Name: "second"}); err == nil || made.ID != "" {
		t.Errorf("a router that NSX refuses: %+v, %v", made, err)
	}
	s.refuse(nil)
	if text := r.differs(""); text != "" {
		t.Errorf("after that it differs: %s", text)
	}
	if all, err := r.routing(t).FloatingIPs(t.Context(), ""); err != nil || len(all) > 0 || len(r.NSX.Paths("Tier1")) != 1 {
		t.Errorf("%+v are left, and %v: %v", all, r.NSX.Paths("Tier1"), err)
	}
	must(t, r.b.DeletePort(t.Context(), p.NetworkID, p.ID))
	r.end()
}

// TestMixedHomes: a router of another kind than the configuration's is refused where it is named, and a router of NSX is not deleted by a
// configuration that has none.
func TestMixedHomes(t *testing.T) {
	t.Parallel()
	r := newSite(t, nsxsim.Options{}).outside(t, openstack.Router{Name: "edge"})
	r.behind()
	other := r.process(t)
	older, err := other.CreateRouter(t.Context(), openstack.Router{Name: "physical"})
	must(t, err)
	at := openstack.RouterInterface{RouterID: older.ID, SubnetID: r.subnet.ID}
	_, err = r.routing(t).CheckRouterInterface(t.Context(), at)
	refusedAt(t, err, "router_id", "recorded for a physical gateway")
	refusedAt(t, r.routing(t).CheckRouter(t.Context(), older), "routers", "recorded for a physical gateway")
	refusedAt(t, other.CheckRouter(t.Context(), r.router), "routers", "is a tier-1 gateway of NSX")
	refusedAt(t, other.DeleteRouterInterface(t.Context(), r.inner.ID, r.on.ID, false), "routers", "is a tier-1 gateway of NSX")
	must(t, r.routing(t).DeleteRouter(t.Context(), older.ID)) // of which NSX has nothing
	r.end()
}

// TestRefusedOnNSX: what no router of NSX can have is refused at plan, where it is written.
func TestRefusedOnNSX(t *testing.T) {
	t.Parallel()
	r := newSite(t, nsxsim.Options{}).outside(t, openstack.Router{Name: "edge"})
	r.behind()
	b := r.routing(t)
	second := subnet(t, b, openstack.Subnet{NetworkID: r.inner.ID, CIDR: "10.0.1.0/24"})
	plain, err := b.CreateNetwork(t.Context(), openstack.Network{Name: "plain", Type: "vlan", VLAN: 7, AdminUp: true})
	must(t, err)
	off := subnet(t, b, openstack.Subnet{NetworkID: plain.ID, CIDR: "10.0.2.0/24"})
	vlan, err := b.CreateNetwork(t.Context(), openstack.Network{Name: "vlan", Type: "vlan", PhysicalNetwork: "vlan", VLAN: 8, AdminUp: true})
	must(t, err)
	on := subnet(t, b, openstack.Subnet{NetworkID: vlan.ID, CIDR: "10.0.3.0/24"})
	inside, err := b.CreateRouter(t.Context(), openstack.Router{Name: "inside"})
	must(t, err)
	for _, c := range []struct{ router, subnet, at, text string }{
		{r.router.ID, second.ID, "subnet_id", "A segment of NSX has one of each IP version"},
		{inside.ID, second.ID, "subnet_id", "an overlay network of NSX has one"},
		{r.router.ID, off.ID, "subnet_id", "is no segment of NSX"},
		{inside.ID, on.ID, "router_id", "is a VLAN"},
	} {
		_, err := r.routing(t).CheckRouterInterface(t.Context(), openstack.RouterInterface{RouterID: c.router, SubnetID: c.subnet})
		refusedAt(t, err, c.at, c.text)
	}
	refusedAt(t, b.CheckRouter(t.Context(), openstack.Router{Down: true}), "admin_state_up", "cannot be switched off")
	refusedAt(t, b.CheckRouter(t.Context(), openstack.Router{ExternalNetworkID: plain.ID}), "external_network_id", plain.Name)
	must(t, b.DeleteRouter(t.Context(), inside.ID))
	for _, s := range []openstack.Subnet{second, off, on} {
		must(t, b.DeleteSubnet(t.Context(), s.NetworkID, s.ID))
	}
	for _, n := range []openstack.Network{plain, vlan} {
		_, err := b.DeleteNetwork(t.Context(), n.ID)
		must(t, err)
	}
	r.end()
}

// refusedAt fails the test unless an error is at an argument and says something.
func refusedAt(t *testing.T, err error, argument, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), argument) {
		t.Errorf("at %s: %v, where %q was to be said", argument, err, text)
	}
}

// refusedLate has NSX do the next request of a method about something, and say then that it refuses it.
func (r *routed) refusedLate(method, about string) {
	var done atomic.Bool
	r.NSX.Tamper(func(w http.ResponseWriter, q *http.Request, next http.Handler) {
		if q.Method != method || !strings.Contains(q.URL.Path, about) || done.Swap(true) {
			next.ServeHTTP(w, q)
			return
		}
		next.ServeHTTP(httptest.NewRecorder(), q)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"httpStatus":"BAD_REQUEST","error_code":258,"module_name":"policy","error_message":"refused"}`))
	})
}

// TestRefusedRoutes: a route whose removal fails after NSX has deleted it comes back, and stays with later passes of the process. One that
// cannot be carried out goes again.
func TestRefusedRoutes(t *testing.T) {
	t.Parallel()
	r := newSite(t, nsxsim.Options{}).outside(t, openstack.Router{Name: "edge"})
	r.behind()
	become := func(routes ...openstack.Route) error {
		_, err := r.b.ChangeRouterRoutes(t.Context(), r.router.ID, func([]openstack.Route) ([]openstack.Route, error) { return routes, nil })
		return err
	}
	holds := func(what string, routes int) {
		t.Helper()
		recorded, err := r.routing(t).RouterRoutes(t.Context(), r.router.ID)
		if has := r.NSX.Paths("StaticRoutes"); len(has) != routes || len(recorded) != routes || err != nil {
			t.Errorf("%s: NSX has %v, and recorded are %v: %v", what, has, recorded, err)
		}
	}
	office := openstack.Route{Destination: "192.0.2.0/24", NextHop: "10.0.0.9"}
	r.refusedLate(http.MethodPut, "/static-routes/")
	if err := become(office); err == nil {
		t.Error("the route is made, and NSX refuses it")
	}
	holds("a route that NSX refuses", 0)
	must(t, become(office))
	r.refusedLate(http.MethodDelete, "/static-routes/")
	if err := become(); err == nil {
		t.Error("the route is removed, and NSX refuses that")
	}
	holds("a route that NSX would not let go", 1)
	_, err := r.b.UpdateRouter(t.Context(), r.router.ID, func(w *openstack.Router) error { w.Description = "later"; return nil })
	must(t, err)
	holds("the same, after a later change", 1)
	must(t, become())
	holds("a route that is gone", 0)
	r.end()
}
