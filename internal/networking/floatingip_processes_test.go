// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestTwoProvidersShareAPool: two providers that make sixty floating IPs each at once, of a pool with a hundred addresses, get none twice,
// tell the losers, and leave nothing of them. What is destroyed is free again.
func TestTwoProvidersShareAPool(t *testing.T) {
	t.Parallel()
	const each, room, kind = 60, 100, "novasphere_networking_floatingip"
	vc := acctest.Start(t, vcsim.Options{})
	settings := args{"routers": "physical"}
	owner := vc.Provider(t, settings)
	network := owner.Bring("novasphere_networking_network", args{"name": "outside", "external": true,
		"segments": block(args{"segmentation_id": 5})}, protocol.Object{})
	pool := owner.Bring("novasphere_networking_subnet", args{"network_id": network.Text("id"), "cidr": "203.0.113.0/24",
		"allocation_pool": block(args{"start": "203.0.113.101", "end": "203.0.113.200"})}, protocol.Object{})
	var mu sync.Mutex
	var all sync.WaitGroup
	made, taken := map[*protocol.Provider][]protocol.Object{}, map[string]bool{}
	var refused []protocol.Diagnostic
	for range 2 {
		p := vc.Provider(t, settings)
		for range each {
			plan := p.Plan(kind, args{"pool": "outside"}, protocol.Object{})
			if len(plan.Errors()) > 0 {
				t.Fatal(plan.Diagnostics)
			}
			all.Go(func() {
				now, said := p.Apply(plan)
				mu.Lock()
				defer mu.Unlock()
				if refused = append(refused, protocol.Errors(said)...); !now.Exists() {
					return
				}
				if address := now.Text("address"); taken[address] {
					t.Errorf("%s is given twice", address)
				}
				made[p], taken[now.Text("address")] = append(made[p], now), true
			})
		}
	}
	all.Wait()
	if len(taken) != room || len(refused) != 2*each-room || len(floating(t, vc)) != room {
		t.Errorf("%d addresses are taken, %d are recorded, and %d floating IPs were refused", len(taken), len(floating(t, vc)), len(refused))
	}
	for _, one := range refused {
		if !strings.Contains(one.Text, "no address is left on the subnet") || !strings.Contains(one.Text, "Floating IPs that lead nowhere") {
			t.Errorf("a loser is told %s", one.Text)
		}
	}
	for p, objects := range made {
		for _, one := range objects {
			all.Go(func() { p.Destroy(one) })
		}
	}
	all.Wait()
	if left := floating(t, vc); len(left) > 0 {
		t.Errorf("%d floating IPs are left", len(left))
	}
	owner.Destroy(pool)
	owner.Destroy(network)
}
