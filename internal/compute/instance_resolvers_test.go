// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestInstanceWithoutNameServers: a plan warns of a guest that is told static addresses and no name server, on whichever subnet it is,
// and the provider's name servers never show in a subnet's state.
func TestInstanceWithoutNameServers(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, map[string]any{"dns_nameservers": []any{"10.9.9.9"}})
	little(p)
	on := func(name string, vlan int, subnet map[string]any) string {
		network := p.Bring("novasphere_networking_network", map[string]any{"name": name,
			"segments": []any{map[string]any{"segmentation_id": vlan}}}, protocol.Object{}).Text("id")
		if subnet != nil {
			subnet["network_id"] = network
			made := p.Bring("novasphere_networking_subnet", subnet, protocol.Object{})
			if servers := made.Attributes()["dns_nameservers"].String(); strings.Contains(servers, "10.9.9.9") {
				t.Errorf("the subnet's state has the provider's name servers: %s", servers)
			}
		}
		return network
	}
	mute := on("mute", 5, map[string]any{"cidr": "10.0.0.0/24"})
	told := on("told", 6, map[string]any{"cidr": "10.1.0.0/24", "dns_nameservers": []any{"10.1.0.2"}})
	asks := on("asks", 7, map[string]any{"cidr": "10.2.0.0/24", "enable_dhcp": true})
	bare := on("bare", 8, nil)
	port := p.Bring("novasphere_networking_port", map[string]any{"network_id": mute}, protocol.Object{}).Text("id")
	net := func(id string) map[string]any { return map[string]any{"uuid": id} }
	for name, c := range map[string]struct {
		settings map[string]any
		networks []any
		warns    bool
	}{
		"no name server":           {nil, []any{net(mute)}, true},
		"an address of its own":    {nil, []any{map[string]any{"uuid": mute, "fixed_ip_v4": "10.0.0.77"}}, true},
		"by its name":              {nil, []any{map[string]any{"name": "mute"}}, true},
		"by a port":                {nil, []any{map[string]any{"port": port}}, true},
		"the provider's":           {map[string]any{"dns_nameservers": []any{"10.9.9.9"}}, []any{net(mute)}, false},
		"the subnet's":             {nil, []any{net(told)}, false},
		"another subnet's":         {nil, []any{net(mute), net(told)}, false},
		"somebody's DHCP":          {nil, []any{net(asks)}, false},
		"a network without subnet": {nil, []any{net(mute), net(bare)}, false},
	} {
		plan := vc.Provider(t, c.settings).Plan(instanceKind, wish(nics(c.networks...)), protocol.Object{})
		if len(plan.Errors()) > 0 {
			t.Errorf("%s: %v", name, plan.Errors())
		}
		warns := slices.ContainsFunc(plan.Diagnostics, func(d protocol.Diagnostic) bool {
			return strings.Contains(d.Text, "The guest is told no name server") &&
				strings.Contains(d.Text, "web gets static addresses on 10.0.0.0/24")
		})
		if warns != c.warns {
			t.Errorf("%s: %v", name, plan.Diagnostics)
		}
	}
}

// TestAccessNetworkHasTheDefaultRoute: the guest's one default route is that of its access network.
func TestAccessNetworkHasTheDefaultRoute(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, map[string]any{"dns_nameservers": []any{"10.9.9.9"}})
	little(p)
	on := func(name string, vlan int, cidr string) string {
		network := p.Bring("novasphere_networking_network", map[string]any{"name": name,
			"segments": []any{map[string]any{"segmentation_id": vlan}}}, protocol.Object{}).Text("id")
		p.Bring("novasphere_networking_subnet", map[string]any{"network_id": network, "cidr": cidr}, protocol.Object{})
		return network
	}
	first, second := on("first", 5, "10.0.0.0/24"), on("second", 6, "10.1.0.0/24")
	machine := wish(nics(map[string]any{"uuid": first}, map[string]any{"uuid": second, "access_network": true}))
	machine["wait_for_ip"] = "0s"
	p.Bring(instanceKind, machine, protocol.Object{})
	told := netplan(vc.VM("OpenStack/web"))
	if strings.Count(told, `"gateway4"`) != 1 || !strings.Contains(told, `"gateway4":"10.1.0.1"`) {
		t.Errorf("the guest is told %s", told)
	}
}
