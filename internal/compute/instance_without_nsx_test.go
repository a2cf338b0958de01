// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"net/http"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestInstanceStaysWithoutNSX: an instance is not deleted while NSX cannot be asked, because the port that was made for it would be left
// over, and no later operation knows it. Once NSX answers, both go.
func TestInstanceStaysWithoutNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	p := vc.Provider(t, nil)
	flavor := p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 20}, protocol.Object{})
	network := p.Bring("novasphere_networking_network", map[string]any{"name": "web"}, protocol.Object{})
	subnet := p.Bring("novasphere_networking_subnet", map[string]any{"network_id": network.Text("id"), "cidr": "10.20.0.0/24"},
		protocol.Object{})
	web := p.Bring("novasphere_compute_instance", map[string]any{"name": "web", "flavor_name": "m1.tiny", "image_name": "debian-12",
		"network": []any{map[string]any{"uuid": network.Text("id")}}}, protocol.Object{})
	vc.NSX.Tamper(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		http.Error(w, "no route", http.StatusForbidden)
	})
	later := vc.Provider(t, nil)
	_, said := later.Apply(later.PlanDelete(web))
	if machines := vc.VMs("OpenStack/web"); len(protocol.Errors(said)) == 0 || len(machines) != 1 {
		t.Errorf("without NSX %d machines are left: %v", len(machines), said)
	}
	vc.NSX.Tamper(nil)
	after := vc.Provider(t, nil)
	for _, o := range []protocol.Object{web, subnet, network, flavor} {
		after.Destroy(o)
	}
	if left := append(vc.NSX.Paths("Segment"), vc.NSX.Paths("SegmentPort")...); len(left)+len(vc.VMs("OpenStack/web")) > 0 {
		t.Errorf("what is left: %v", left)
	}
}
