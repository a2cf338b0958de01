// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// path is that of something of the router's gateway.
func (r *routed) path(below string) string { return "/infra/tier-1s/" + r.router.ID + below }

// differs returns how NSX differs from the records, to a new process.
func (r *routed) differs(of string) string {
	r.Helper()
	r.NSX.Advance(time.Second) // the search lags
	lines, err := r.routing(r.T).Gateways.Differences(r.Context(), r.router.ID, of)
	must(r.T, err)
	return strings.Join(lines, "\n")
}

// again has the router follow, as an apply without a change would.
func (r *routed) again() error {
	_, err := r.routing(r.T).UpdateRouter(r.Context(), r.router.ID, func(*openstack.Router) error { return nil })
	return err
}

// TestRouterDifferences: what somebody changes of a router in NSX is told, by few calls, and the next change brings it back. What others
// have made stays.
func TestRouterDifferences(t *testing.T) {
	t.Parallel()
	r := newSite(t, nsxsim.Options{}).outside(t, openstack.Router{Name: "edge"})
	r.behind()
	p := port(t, r.b, openstack.Port{NetworkID: r.inner.ID, FixedIPs: []openstack.FixedIP{{Address: "10.0.0.5"}}})
	f, err := r.b.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: r.external.ID, PortID: p.ID})
	must(t, err)
	_, err = r.b.ChangeRouterRoutes(t.Context(), r.router.ID, func([]openstack.Route) ([]openstack.Route, error) {
		return []openstack.Route{{Destination: "192.0.2.0/24", NextHop: "10.0.0.9"}}, nil
	})
	must(t, err)
	theirs := r.path("/nat/USER/nat-rules/theirs")
	r.NSX.Put(theirs, map[string]any{"action": "NO_SNAT", "source_network": "10.9.0.0/24", "sequence_number": 1.0})
	if text := r.differs("") + r.differs(f.ID); text != "" {
		t.Errorf("what is as recorded differs: %s", text)
	}
	rule, route, segment := r.path("/nat/USER/nat-rules/S-"+r.subnet.ID), r.path("/static-routes/192.0.2.0_24-10.0.0.9"),
		"/infra/segments/"+r.inner.ID
	for what, change := range map[string]func(){
		"NSX does not have NAT rule S-" + r.subnet.ID:           func() { r.NSX.Remove(rule) },
		"NSX does not have route":                               func() { r.NSX.Remove(route) },
		"NSX has router":                                        func() { r.alter(r.path(""), "route_advertisement_types", []any{}) },
		"NSX does not have the router on the network inner":     func() { r.alter(segment, "connectivity_path", nil) },
		"NSX does not run the router":                           func() { r.alter(r.path("/locale-services/default"), "edge_cluster_path", nil) },
		"NSX does not run":                                      func() { r.NSX.Remove(r.path("/locale-services/default")) },
		"NSX has NAT rule S-stray of router " + r.router.ID[:2]: func() { r.stray(rule) },
	} {
		change()
		want, _, _ := strings.Cut(what, " of router")
		if text := r.differs(""); !strings.Contains(text, want) {
			t.Errorf("%q is not told: %q", want, text)
		}
		must(t, r.again())
		if text := r.differs(""); text != "" {
			t.Errorf("%q is brought back, and then %s", what, text)
		}
	}
	r.NSX.Remove(r.path("/nat/USER/nat-rules/D-" + f.ID))
	if text := r.differs(f.ID); !strings.Contains(text, "NSX does not have NAT rule D-"+f.ID) || r.differs("") != "" {
		t.Errorf("of the floating IP %q is told, and of the router %q", text, r.differs(""))
	}
	if _, there := r.NSX.Object(theirs); !there {
		t.Error("somebody else's NAT rule is gone")
	}
	r.NSX.Remove(theirs)
	must(t, r.b.DeletePort(t.Context(), p.NetworkID, p.ID))
	must(t, r.b.DeleteFloatingIP(t.Context(), f.ID))
	_, err = r.b.ChangeRouterRoutes(t.Context(), r.router.ID, func([]openstack.Route) ([]openstack.Route, error) { return nil, nil })
	must(t, err)
	if left := r.NSX.Paths("StaticRoutes"); len(left) > 0 {
		t.Errorf("the routes %v are left", left)
	}
	r.end()
}

// alter changes a field of an object as an operator would; nil: it is gone.
func (r *routed) alter(path, field string, value any) {
	r.Helper()
	body, there := r.NSX.Object(path)
	if !there {
		r.Fatalf("there is no %s", path)
	}
	if delete(body, field); value != nil {
		body[field] = value
	}
	r.NSX.Put(path, body)
}

// stray makes a NAT rule of ours like another one, without a record.
func (r *routed) stray(like string) {
	r.Helper()
	is, _ := r.NSX.Object(like)
	raw, err := json.Marshal(is)
	must(r.T, err)
	var body map[string]any
	must(r.T, json.Unmarshal(raw, &body))
	for _, one := range body["tags"].([]any) {
		if tag := one.(map[string]any); tag["scope"] == "novasphere-id" {
			tag["tag"] = "S-stray"
		}
	}
	for _, field := range []string{"id", "path", "display_name", "relative_path", "unique_id", "realization_id"} {
		delete(body, field)
	}
	r.NSX.Put(r.path("/nat/USER/nat-rules/S-stray"), body)
}

// TestRouterInUse: the deletion of a router waits for what NSX still has on it, and tells that by its name where it stays.
func TestRouterInUse(t *testing.T) {
	t.Parallel()
	r := newSite(t, nsxsim.Options{}).outside(t, openstack.Router{Name: "edge"})
	r.behind()
	must(t, r.b.DeleteRouterInterface(t.Context(), r.inner.ID, r.on.ID, false))
	r.on.ID = ""
	theirs := r.path("/nat/USER/nat-rules/theirs")
	r.NSX.Put(theirs, map[string]any{"action": "NO_SNAT", "source_network": "10.9.0.0/24", "sequence_number": 1.0})
	soon, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	if err := r.b.DeleteRouter(soon, r.router.ID); err == nil || !strings.Contains(err.Error(), "by NAT rule theirs of router") {
		t.Errorf("a router that somebody has put a rule on: %v", err)
	}
	must(t, r.again()) // it stays, and is whole again
	if text := r.differs(""); text != "" {
		t.Errorf("the router that stays differs: %s", text)
	}
	var over sync.WaitGroup
	over.Go(func() {
		time.Sleep(500 * time.Millisecond)
		r.NSX.Remove(theirs)
	})
	r.end()
	over.Wait()
}

// TestManyFloatingIPs: floating IPs that are made at the same time share passes about their router.
func TestManyFloatingIPs(t *testing.T) {
	t.Parallel()
	r := newSite(t, nsxsim.Options{}).outside(t, openstack.Router{Name: "edge"})
	r.behind()
	const many = 20
	ports := make([]openstack.Port, many)
	for i := range ports {
		ports[i] = port(t, r.b, openstack.Port{NetworkID: r.inner.ID})
	}
	lists := func() int { return r.NSX.Count(http.MethodGet, "/policy/api/v1/infra/tier-1s/*/nat/USER/nat-rules") }
	before := lists()
	var all sync.WaitGroup
	for _, p := range ports {
		all.Go(func() {
			if _, err := r.b.CreateFloatingIP(t.Context(), openstack.FloatingIP{NetworkID: r.external.ID, PortID: p.ID}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if passes := lists() - before; passes > many/2 || len(r.NSX.Paths("PolicyNatRule")) != 2*many+2 {
		t.Errorf("%d passes were made, and there are %d rules", passes, len(r.NSX.Paths("PolicyNatRule")))
	}
	r.plannedCheaply(many)
	made, err := r.b.FloatingIPs(t.Context(), "")
	must(t, err)
	for _, f := range made {
		all.Go(func() {
			if err := r.b.DeleteFloatingIP(t.Context(), f.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, p := range ports {
		must(t, r.b.DeletePort(t.Context(), p.NetworkID, p.ID))
	}
	r.end()
}

// plannedCheaply fails the test where a plan that checks each floating IP asks NSX often.
func (r *routed) plannedCheaply(many int) {
	r.Helper()
	r.NSX.Advance(time.Second)
	b, before := r.routing(r.T), len(r.NSX.Calls())
	all, err := b.FloatingIPs(r.Context(), "")
	must(r.T, err)
	for _, f := range all {
		lines, err := b.Gateways.Differences(r.Context(), r.router.ID, f.ID)
		must(r.T, err)
		if len(lines) > 0 {
			r.Errorf("the floating IP differs: %q", lines)
		}
	}
	lines, err := b.Gateways.Differences(r.Context(), r.router.ID, "")
	must(r.T, err)
	if calls := len(r.NSX.Calls()) - before; len(all) != many || len(lines) > 0 || calls > 10 {
		r.Errorf("%d floating IPs, %q, and NSX was asked %d times: %v", len(all), lines, calls, r.NSX.Calls()[before:])
	}
}
