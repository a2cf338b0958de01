// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func flag(is bool) *bool { return &is }

func TestRouter(t *testing.T) {
	t.Parallel()
	neutron := owner
	neutron.Neutron = &policy.Neutron{ProjectID: "1", ProjectName: "demo", APIVersion: "24"}
	r := openstack.Router{ID: "r", Name: "edge", Description: "to the world"}
	equal(t, gateway.RouterOf(neutron, r, gateway.Uplink{IPv6: []string{"2001:db8::/64"}}), `{"display_name": "edge",
		"description": "to the world", "failover_mode": "NON_PREEMPTIVE", "enable_standby_relocation": false, "pool_allocation": "ROUTING",
		"disable_firewall": true, "route_advertisement_types": [], "tags": [{"scope": "novasphere-id", "tag": "r"},
		{"scope": "novasphere-folder", "tag": "f"}, {"scope": "os-neutron-router-id", "tag": "r"}, {"scope": "os-project-id", "tag": "1"},
		{"scope": "os-project-name", "tag": "demo"}, {"scope": "os-api-version", "tag": "24"}]}`)
	r.ExternalNetworkID = "ext"
	equal(t, gateway.RouterOf(owner, r, gateway.Uplink{Tier0: "/infra/tier-0s/t0", IPv6: []string{"2001:db8::/64"}}), `{
		"display_name": "edge", "description": "to the world", "tier0_path": "/infra/tier-0s/t0", "failover_mode": "NON_PREEMPTIVE",
		"enable_standby_relocation": false, "pool_allocation": "ROUTING", "disable_firewall": true,
		"route_advertisement_types": ["TIER1_NAT"], "route_advertisement_rules": [{"name": "all-ipv6", "action": "PERMIT",
		"prefix_operator": "EQ", "route_advertisement_types": ["TIER1_CONNECTED"], "subnets": ["2001:db8::/64"]}], "tags": `+ownTags("r")+`}`)
}

// TestAdvertised says what the tier-0 learns from a router.
func TestAdvertised(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		snat       *bool
		translated bool
		want       string
	}{
		"by default":                 {nil, false, `["TIER1_NAT"]`},
		"with SNAT":                  {flag(true), true, `["TIER1_NAT"]`},
		"without":                    {flag(false), false, `["TIER1_CONNECTED", "TIER1_STATIC_ROUTES"]`},
		"without, and a floating IP": {flag(false), true, `["TIER1_CONNECTED", "TIER1_STATIC_ROUTES", "TIER1_NAT"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := openstack.Router{ID: "r", ExternalNetworkID: "ext", SNAT: c.snat}
			body := gateway.RouterOf(owner, r, gateway.Uplink{Tier0: "/t0", Translated: c.translated, IPv6: []string{"2001:db8::/64"}})
			equal(t, body.AdvertisementTypes, c.want)
			if alone := len(body.AdvertisementRules) == 1; alone != gateway.TranslatesSources(r) {
				t.Errorf("the rules of IPv6 are %v", body.AdvertisementRules)
			}
		})
	}
}

func TestMergeRouter(t *testing.T) {
	t.Parallel()
	r := openstack.Router{ID: "r", Name: "a", ExternalNetworkID: "ext"}
	u := gateway.Uplink{Tier0: "/infra/tier-0s/t0", IPv6: []string{"2001:db8::/64"}}
	o := asRead(t, gateway.RouterOf(owner, r, u), "r")
	o["route_advertisement_types"] = []any{"TIER1_LB_VIP", "TIER1_NAT"}
	o["route_advertisement_rules"] = append([]any{map[string]any{"name": "theirs"}}, o["route_advertisement_rules"].([]any)...)
	o["disable_firewall"] = false
	renamed := r
	renamed.Name, renamed.SNAT = "b", flag(false)
	merges(t, o, r, renamed, func(w policy.Owner, o policy.Object, r openstack.Router) (bool, error) {
		return gateway.MergeRouter(w, o, r, u, false)
	})
	equal(t, o["route_advertisement_types"], `["TIER1_CONNECTED", "TIER1_STATIC_ROUTES", "TIER1_LB_VIP"]`)
	equal(t, o["route_advertisement_rules"], `[{"name": "theirs"}]`)
	if o["display_name"] != "b" || o["disable_firewall"] != false || o["enable_standby_relocation"] != false {
		t.Errorf("the gateway is %v", o)
	}
	for _, edges := range []bool{true, false} { // a service part stays
		if changed, err := gateway.MergeRouter(owner, o, renamed, u, edges); changed != edges || err != nil ||
			o["enable_standby_relocation"] != true {
			t.Errorf("with an edge cluster (%t) the merge reports %t, %v: %v", edges, changed, err, o)
		}
	}
	renamed.ExternalNetworkID = ""
	if changed, err := gateway.MergeRouter(owner, o, renamed, gateway.Uplink{}, false); !changed || err != nil || o["tier0_path"] != nil {
		t.Errorf("the gateway has a tier-0 still: %v, %v", o, err)
	}
	equal(t, o["route_advertisement_types"], `["TIER1_LB_VIP"]`)
	o["route_advertisement_types"] = []any{"TIER1_NAT"}
	if _, err := gateway.MergeRouter(owner, o, renamed, gateway.Uplink{}, false); err != nil {
		t.Error(err)
	}
	equal(t, o["route_advertisement_types"], `[]`)
}

func TestCheckRouter(t *testing.T) {
	t.Parallel()
	r := openstack.Router{ID: "r", ExternalNetworkID: "ext"}
	refused(t, gateway.CheckRouter(r, gateway.Uplink{Tier0: "/t0"}), "enable_snat", "the external network ext has none")
	r.SNAT = flag(false)
	if err := gateway.CheckRouter(r, gateway.Uplink{Tier0: "/t0"}); err != nil {
		t.Error(err)
	}
	if err := gateway.CheckRouter(openstack.Router{ID: "r"}, gateway.Uplink{}); err != nil {
		t.Error(err)
	}
	refused(t, gateway.CheckRouter(r, gateway.Uplink{Tier0: "/t0", Translated: true}), "external_network_id",
		"the external network ext has none")
	r.Down = true
	refused(t, gateway.CheckRouter(r, gateway.Uplink{EdgeCluster: "/e"}), "admin_state_up", "cannot be switched off")
}

func TestLocaleServices(t *testing.T) {
	t.Parallel()
	equal(t, gateway.LocaleServices{}, `{}`)
	edges := gateway.LocaleServices{EdgeClusterPath: "/e"}
	o := asRead(t, gateway.LocaleServices{}, "default")
	if !edges.Merge(o) || edges.Merge(o) || (gateway.LocaleServices{}).Merge(o) {
		t.Error("a merge reports another change than it makes")
	}
	equal(t, o, `{"id": "default", "_revision": 3, "comments": "of others", "edge_cluster_path": "/e"}`)
}

func TestStaticRoute(t *testing.T) {
	t.Parallel()
	r, err := gateway.StaticRouteOf(owner, openstack.Route{Destination: "10.9.0.0/16", NextHop: "10.0.0.9"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, r, `{"id": "10.9.0.0_16-10.0.0.9", "network": "10.9.0.0/16", "next_hops": [{"ip_address": "10.0.0.9", "admin_distance": 1}],
		"tags": `+ownTags("10.9.0.0_16-10.0.0.9")+`}`)
	o, changed := asRead(t, r, r.ID), r
	o["next_hops"].([]any)[0].(map[string]any)["scope"] = []any{}
	changed.Network = "10.8.0.0/16"
	merges(t, o, r, changed, gateway.MergeStaticRoute)
	for field, bad := range map[string]openstack.Route{"destination_cidr": {Destination: "x", NextHop: "10.0.0.9"},
		"next_hop": {Destination: "10.9.0.0/16", NextHop: "2001:db8::1"}} {
		_, err := gateway.StaticRouteOf(owner, bad)
		refused(t, err, field, "")
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	const project = policy.Root("/orgs/default/projects/p/infra")
	for want, got := range map[string]string{
		"/tier-1s/r": gateway.RouterPath(project, "r"), "/tier-1s/r/locale-services/default": gateway.LocaleServicesPath(project, "r"),
		"/tier-1s/r/locale-services/default/interfaces/s": gateway.InterfacePath(project, "r", "s"),
		"/tier-1s/r/static-routes/x":                      gateway.StaticRoutePath(project, "r", "x"),
		"/tier-1s/r/nat/USER/nat-rules/S-f":               gateway.NATRulePath(project, "r", "S-f"),
		"/services/F-p":                                   gateway.ServicePath(project, "p"),
	} {
		if got != string(project)+want {
			t.Errorf("the path is %s and not %s", got, string(project)+want)
		}
	}
}
