// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// addressesOf returns the addresses that the three-tier example prints, by instance.
func addressesOf(t *testing.T, ws *acctest.Workspace) map[string]string {
	t.Helper()
	var out map[string]string
	if err := json.Unmarshal([]byte(ws.Must("output", "-json", "-no-color", "addresses")), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAccThreeTier applies the example beside another workspace: ten instances on two networks whose packets pass as the tiers allow, an
// empty second plan, and a destroy that removes everything of the example and nothing of the other.
func TestAccThreeTier(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "examples", "three-tier", "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "# VSPHERE_SERVER")
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	other := vc.NewWorkspace(t, wire, ownPool("10.0.0.0/24", 3)+
		"resource \"novasphere_networking_secgroup\" \"mine\" {\n  name = \"mine\"\n  stateful = false\n}\n", "NOVASPHERE_SECURITY_GROUPS=dvs")
	other.Apply()
	before, records := vc.Catalogue(), claims(t, vc)
	tags := len(vc.Tags())

	ws := vc.NewWorkspace(t, wire, "#"+example)
	ws.Apply()
	ws.PlanIsEmpty()
	at := addressesOf(t, ws)
	if machines := vc.VMs("OpenStack/*"); len(machines) != 10 || len(at) != 10 {
		t.Fatalf("%d instances, %d addresses", len(machines), len(at))
	}
	for _, c := range []struct {
		from, to string
		port     int32
		passes   bool
	}{
		{"web-0", "app-1", 8080, true}, {"app-3", "db-1", 5432, true}, {"db-0", "db-1", 5433, true},
		{"web-0", "db-1", 5432, false}, {"app-0", "app-1", 8080, false}, {"app-0", "web-0", 22, false}, {"db-0", "app-0", 40000, true},
		{"db-0", "web-0", 40000, false},
	} {
		p := acctest.Packet{From: at[c.from], To: at[c.to], Protocol: 6, FromPort: 50000, ToPort: c.port}
		if crosses(vc, p) != c.passes {
			t.Errorf("from %s to port %d of %s passes: %v", c.from, c.port, c.to, !c.passes)
		}
	}
	ws.Destroy()

	for _, name := range []string{"three-tier-front", "three-tier-back"} {
		if err := vc.NoNetwork(name); err != nil {
			t.Error(err)
		}
	}
	if after := vc.Catalogue(); !maps.Equal(before, after) {
		t.Errorf("the catalogue holds %v, and held %v", after, before)
	}
	if left := vc.VMs("novasphere/novasphere-network-*"); len(left) != 1 || claims(t, vc) != records || len(vc.VMs("OpenStack/*")) > 0 ||
		len(vc.Tags()) != tags {
		t.Errorf("%d records VMs, %d ports, %d instances and %d tags are left", len(left), claims(t, vc), len(vc.VMs("OpenStack/*")),
			len(vc.Tags()))
	}
	other.PlanIsEmpty()
	other.Destroy()
}

// crosses reports whether a packet passes the filters of its sender's port and of its receiver's.
func crosses(vc *acctest.VCenter, p acctest.Packet) bool {
	for _, network := range []string{"three-tier-front", "three-tier-back"} {
		booked := vc.Booked(network)
		for _, address := range []string{p.From, p.To} {
			if port, there := booked[portWith(vc, address)]; there && !p.Passes(acctest.FilterOf(port)) {
				return false
			}
		}
	}
	return true
}

// portWith returns the id of the port whose record has an address.
func portWith(vc *acctest.VCenter, address string) string {
	for _, vm := range vc.VMs("novasphere/novasphere-network-*") {
		for key, text := range acctest.Extra(vm) {
			if id, is := strings.CutPrefix(key, "novasphere.port."); is && strings.Contains(text, fmt.Sprintf("\"address\":%q", address)) {
				return id
			}
		}
	}
	return ""
}

// TestAccCallsOfSecurityGroups: ports with groups stay within the budget of ports, and instances in each other's groups cost little more
// than others.
func TestAccCallsOfSecurityGroups(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	const n = 100
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	group := `
resource "novasphere_networking_secgroup" "all" {
  name     = "all"
  stateful = false
}
resource "novasphere_networking_secgroup_rule" "each_other" {
  security_group_id = novasphere_networking_secgroup.all.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  remote_group_id   = novasphere_networking_secgroup.all.id
}
`
	ports := strings.Replace(ownPool("10.0.0.0/24", n), "  fixed_ip",
		"  security_group_ids = [novasphere_networking_secgroup.all.id]\n  fixed_ip", 1)
	ws := vc.NewWorkspace(t, wire, group+ports, "NOVASPHERE_SECURITY_GROUPS=dvs")
	count := func(step string, most int, act func()) {
		t.Helper()
		act()
		calls, bytes := wire.Take()
		t.Logf("%-34s %4d calls, %5d KiB", step, acctest.Total(calls), bytes>>10)
		if acctest.Total(calls) > most {
			t.Errorf("%s: %d calls, more than %d: %s", step, acctest.Total(calls), most, callList(calls))
		}
	}
	count("create of 100 ports", 400, func() { ws.Apply() })
	count("plan of 100 ports", 40, ws.PlanIsEmpty)
	const m = 30
	ws.Configure(group + ownPool("10.0.0.0/24", 0) + fmt.Sprintf(`
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
resource "novasphere_compute_instance" "web" {
  count           = %d
  name            = "web-${count.index}"
  flavor_name     = novasphere_compute_flavor.f.name
  image_name      = "debian-12"
  security_groups = [novasphere_networking_secgroup.all.name]
  network { uuid = novasphere_networking_subnet.lab.network_id }
}
`, m))
	count("destroy of them, 30 instances", 10*m+100, func() { ws.Apply() })
	count("plan of 30 instances", 40, ws.PlanIsEmpty)
	for id, p := range vc.Booked("lab") {
		if lines := acctest.FilterOf(p); lines == nil {
			t.Errorf("the port %s is not filtered", id)
		}
	}
	count("destroy of 30 instances", 12*m+60, func() { ws.Destroy() })
}
