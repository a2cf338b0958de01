// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vmware/govmomi/find"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// changing reports whether a call may change something.
func changing(call string) bool {
	for _, prefix := range []string{"Retrieve", "Find", "Query", "Current", "Fetch", "GET ", "Log", "VslmRetrieve", "VslmList",
		"POST /rest/com/vmware/cis/session", "DELETE /rest/com/vmware/cis/session"} {
		if strings.HasPrefix(call, prefix) {
			return false
		}
	}
	return true
}

// interrupter interrupts a provider at one of its changes: when the call has arrived, before it is executed.
type interrupter struct {
	mu   sync.Mutex
	at   int // the change to interrupt at, counted from 1; 0: none
	seen []string
	stop func()
}

func (i *interrupter) see(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !changing(c.Name) {
		return nil
	}
	if i.seen = append(i.seen, c.Name); len(i.seen) == i.at {
		i.stop()
	}
	return nil
}

// during interrupts at the n-th change of act, and returns that call, or "" where there are fewer.
func (i *interrupter) during(n int, act func()) string {
	i.mu.Lock()
	i.at, i.seen = n, nil
	i.mu.Unlock()
	act()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.at = 0; len(i.seen) < n {
		return ""
	}
	return fmt.Sprintf("%s, the %dth change of %v", i.seen[n-1], n, i.seen)
}

// inventory returns everything in the vCenter that a resource of ours may have made.
func inventory(t *testing.T, vc *acctest.VCenter) string {
	t.Helper()
	var out []string
	finder := find.NewFinder(vc.Client().Client)
	networks, err := finder.NetworkList(t.Context(), "/dc1/network/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		out = append(out, n.GetInventoryPath())
	}
	clusters, err := finder.ClusterComputeResourceList(t.Context(), "/dc1/host/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clusters {
		out = append(out, c.InventoryPath)
	}
	for _, vm := range append(vc.VMs("OpenStack/*"), vc.VMs("novasphere/images/*")...) {
		out = append(out, fmt.Sprintf("%s with %d devices", vm.Name, len(vm.Config.Hardware.Device)))
	}
	for _, d := range vc.Disks() {
		out = append(out, fmt.Sprintf("%s, %d MB, %v", d.ID(), d.CapacityInMB, d.Metadata))
	}
	slices.Sort(out)
	return strings.Join(out, "\n") + "\n" + labelOf.ReplaceAllString(vc.Records(), "")
}

// labelOf matches the label in a flavor's record, written once an instance has had it, and the record's checksum.
var labelOf = regexp.MustCompile(`"sum":"\w+",|,"tag_id":"[^"]*"`)

// TestInterruptedAtEachChange interrupts the creation and the destruction of each noun at each call that changes something. An object is
// then in the state exactly if the vCenter has it.
func TestInterruptedAtEachChange(t *testing.T) {
	t.Parallel()
	for place, n := range interruptible {
		t.Run(n.kind, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			ids := map[string]string{}
			for _, before := range interruptible[:place] {
				if slices.Contains(n.needs, before.kind) {
					p := vc.Provider(t, map[string]any{"security_groups": "dvs", "routers": "physical"})
					ids[before.kind] = p.Bring("novasphere_"+before.kind, before.config(ids), p.None("novasphere_"+before.kind)).Text("id")
				}
			}
			if n.site != nil {
				n.site(vc.Provider(t, map[string]any{"security_groups": "dvs", "routers": "physical"}), ids)
			}
			i := &interrupter{}
			wire := vc.Between(t, i.see)
			kind, config := "novasphere_"+n.kind, n.config(ids)
			fresh := func() *protocol.Provider {
				p := vc.Provider(t, map[string]any{"security_groups": "dvs", "routers": "physical", "vsphere_server": wire.Server,
					"ca_file": wire.CAFile})
				i.stop = p.Stop
				return p
			}
			for at := 1; at < 30; at++ {
				was := inventory(t, vc)
				p := fresh()
				plan := p.Plan(kind, config, p.None(kind))
				if len(plan.Errors()) > 0 {
					t.Fatal(plan.Diagnostics)
				}
				var made protocol.Object
				var said []protocol.Diagnostic
				during := i.during(at, func() { made, said = p.Apply(plan) })
				if !made.Exists() {
					if now := inventory(t, vc); now != was {
						t.Fatalf("interrupted at %s: nothing is in the state (%v), and the vCenter has\n%s\nwhere it had\n%s", during, said, now, was)
					}
					continue
				}
				p = fresh()
				if read, said := p.Read(made); len(protocol.Errors(said)) > 0 || !read.Exists() {
					t.Fatalf("interrupted at %s: the state has what is not there: %v", during, said)
				}
				interruptDestruction(t, vc, i, fresh, made, at, during, was)
				if during == "" {
					if at < n.least {
						t.Errorf("there were %d changes only", at-1)
					}
					return
				}
			}
			t.Error("there was no end of changes")
		})
	}
}

// interruptDestruction interrupts a destruction at one of its changes, and then destroys what is left.
func interruptDestruction(t *testing.T, vc *acctest.VCenter, i *interrupter, fresh func() *protocol.Provider, made protocol.Object, at int,
	creation, was string) {
	t.Helper()
	p := fresh()
	plan := p.PlanDelete(made)
	var left protocol.Object
	var said []protocol.Diagnostic
	during := i.during(at, func() { left, said = p.Apply(plan) })
	p = fresh()
	if !left.Exists() {
		if now := inventory(t, vc); now != was {
			t.Fatalf("interrupted at %s: it has left the state (%v), and the vCenter has\n%s\nwhere it had\n%s", during, said, now, was)
		}
		return
	}
	if _, said := p.Apply(p.PlanDelete(left)); len(protocol.Errors(said)) > 0 {
		t.Fatalf("made with an interrupt at %s, destroyed with one at %s: what is left cannot be destroyed: %v\n%s", creation, during, said,
			inventory(t, vc))
	}
}

// interruptedNoun is a noun, what it needs, and the least number of changes in its creation, so that none is missed.
type interruptedNoun struct {
	noun
	needs []string
	least int
	site  func(p *protocol.Provider, ids map[string]string) // makes what else it needs; nil: nothing
}

var interruptible = interruptedNouns()

func interruptedNouns() (out []interruptedNoun) {
	needs := map[string][]string{
		"networking_subnet":        {"networking_network"},
		"networking_secgroup_rule": {"networking_secgroup"},
		"networking_port":          {"networking_network", "networking_subnet", "networking_secgroup"},
		"compute_instance": {"compute_flavor", "compute_keypair", "networking_network", "networking_subnet", "networking_secgroup",
			"networking_port"},
		"networking_router_interface": {"networking_network", "networking_subnet", "networking_router"},
		"compute_interface_attach": {"compute_flavor", "compute_keypair", "networking_network", "networking_subnet", "networking_secgroup",
			"networking_port", "compute_instance"},
		"compute_volume_attach": {"compute_flavor", "compute_keypair", "networking_network", "networking_subnet", "networking_secgroup",
			"networking_port", "compute_instance", "blockstorage_volume"},
	}
	all := append(slices.Clone(nouns),
		noun{kind: "networking_router", config: plain(map[string]any{"name": "twin"})},
		noun{kind: "networking_router_interface", config: func(ids map[string]string) map[string]any {
			return map[string]any{"router_id": ids["networking_router"], "subnet_id": ids["networking_subnet"]}
		}},
		noun{kind: "networking_router_route", config: func(ids map[string]string) map[string]any {
			return map[string]any{"router_id": ids["networking_router"], "destination_cidr": "10.90.0.0/24", "next_hop": "10.20.0.9"}
		}},
		noun{kind: "networking_router_routes", config: func(ids map[string]string) map[string]any {
			return map[string]any{"router_id": ids["networking_router"], "routes": []any{map[string]any{"destination_cidr": "10.90.0.0/24",
				"next_hop": "10.20.0.9"}}}
		}},
		noun{kind: "networking_subnet_route", config: func(ids map[string]string) map[string]any {
			return map[string]any{"subnet_id": ids["networking_subnet"], "destination_cidr": "10.90.0.0/24", "next_hop": "10.20.0.9"}
		}},
		noun{kind: "compute_cluster", config: plain(map[string]any{"name": "second"})},
		noun{kind: "compute_interface_attach", config: func(ids map[string]string) map[string]any {
			return map[string]any{"instance_id": ids["compute_instance"], "network_id": ids["networking_network"]}
		}},
		noun{kind: "compute_volume_attach", config: func(ids map[string]string) map[string]any {
			return map[string]any{"instance_id": ids["compute_instance"], "volume_id": ids["blockstorage_volume"]}
		}})
	needs["networking_router_route"] = []string{"networking_network", "networking_subnet", "networking_router", "networking_router_interface"}
	needs["networking_router_routes"] = needs["networking_router_route"]
	needs["networking_subnet_route"] = []string{"networking_network", "networking_subnet"}
	for _, n := range all {
		out = append(out, interruptedNoun{n, needs[n.kind], 2, nil})
	}
	return append(out, interruptedFloatingIPs()...)
}
