// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestTwoWorkspacesShareATier0: two workspaces, each of a project of its own, make floating IPs and routers on one tier-0 gateway at the
// same time, one of them by the data source alone. None gets an address of the other's, nor one that somebody else's NAT rule has; what one
// destroys leaves the other's as they are.
func TestTwoWorkspacesShareATier0(t *testing.T) {
	t.Parallel()
	const each, room, kind = 12, 14 - 3, "novasphere_networking_floatingip" // of .1 to .14: the gateway, the uplink and a NAT rule
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	vc.NSX.Put("/infra/tier-1s/theirs", map[string]any{})
	vc.NSX.Put("/infra/tier-1s/theirs/nat/USER/nat-rules/one", map[string]any{"action": "DNAT", "destination_network": "203.0.113.3",
		"translated_network": "10.0.0.5"})
	left := vc.Provider(t, args{"project": "left", "routers": "nsx"})
	subnet := left.Bring("novasphere_networking_subnet", args{"network_id": "tier-0", "cidr": "203.0.113.0/28"}, protocol.Object{})
	right := vc.Provider(t, args{"project": "right", "routers": "nsx"})
	seen, said := right.Query("novasphere_networking_network", args{"name": "tier-0"})
	var id string
	if err := seen["id"].As(&id); err != nil || len(protocol.Errors(said)) > 0 || id != "tier-0" {
		t.Fatalf("the tier-0 is no network: %v, %v", seen, said)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	made, taken, refused := map[*protocol.Provider][]protocol.Object{}, map[string]bool{}, 0
	both := []*protocol.Provider{left, right}
	for _, p := range both {
		router := p.Bring("novasphere_networking_router", args{"name": "edge", "external_network_id": "tier-0"}, protocol.Object{})
		made[p] = append(made[p], router)
	}
	for _, p := range both {
		for range each {
			plan := p.Plan(kind, args{"pool": "tier-0"}, protocol.Object{})
			all.Go(func() {
				now, said := p.Apply(plan)
				mu.Lock()
				defer mu.Unlock()
				if !now.Exists() {
					refused++
					told(t, said)
					return
				}
				address := now.Text("address")
				if taken[address] || address == "203.0.113.2" || address == "203.0.113.3" {
					t.Errorf("%s is given, and it is somebody else's", address)
				}
				taken[address] = true
				made[p] = append(made[p], now)
			})
		}
	}
	all.Wait()
	if got := len(taken) + 2; got != room || refused != 2*each-len(taken) {
		t.Errorf("%d of %d addresses were given, and %d refused", got, room, refused)
	}
	for _, o := range made[left] {
		left.Destroy(o)
	}
	if routers := vc.NSX.Paths("Tier1"); len(routers) != 2 || !strings.Contains(strings.Join(routers, " "), made[right][0].Text("id")) {
		t.Errorf("NSX has the routers %v", routers)
	}
	for _, o := range made[right] {
		if now, said := right.Read(o); !now.Exists() || len(said) > 0 {
			t.Errorf("the other workspace's %v is gone, or differs: %v", o, said)
		}
		right.Destroy(o)
	}
	left.Destroy(subnet)
	onlyTheirs(t, vc)
}

// onlyTheirs fails where NSX has anything but what the test has put there for somebody else.
func onlyTheirs(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	for _, path := range vc.NSX.Left() {
		if !strings.Contains(path, "/theirs") {
			t.Errorf("NSX still has %s", path)
		}
	}
}
