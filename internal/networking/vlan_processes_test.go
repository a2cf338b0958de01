// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// holders returns the names of the portgroups that have each VLAN of a range.
func holders(t *testing.T, vc *acctest.VCenter, first, last int32) map[int32][]string {
	t.Helper()
	client := vc.Client().Client
	all, err := view.NewManager(client).CreateContainerView(t.Context(), client.ServiceContent.RootFolder,
		[]string{"DistributedVirtualPortgroup"}, true)
	must(t, err)
	var groups []mo.DistributedVirtualPortgroup
	must(t, all.Retrieve(t.Context(), []string{"DistributedVirtualPortgroup"}, []string{"name", "config.defaultPortConfig"}, &groups))
	out := map[int32][]string{}
	for _, g := range groups {
		setting, _ := g.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
		if setting == nil {
			continue
		}
		if vlan, is := setting.Vlan.(*types.VmwareDistributedVirtualSwitchVlanIdSpec); is && first <= vlan.VlanId && vlan.VlanId <= last {
			out[vlan.VlanId] = append(out[vlan.VlanId], g.Name)
		}
	}
	return out
}

// noneTwice checks that no VLAN of a range has two portgroups, and returns how many have one.
func noneTwice(t *testing.T, vc *acctest.VCenter, first, last int32) int {
	t.Helper()
	all := holders(t, vc, first, last)
	for vlan, names := range all {
		if len(names) > 1 {
			t.Errorf("the VLAN %d has %v", vlan, names)
		}
	}
	return len(all)
}

// TestTwoProvidersShareARange: two providers that make more networks at once than a range has VLANs give none twice, tell the losers, and
// leave nothing of them. What is destroyed is free again.
func TestTwoProvidersShareARange(t *testing.T) {
	t.Parallel()
	const each, kind = 15, "novasphere_networking_network"
	vc := acctest.Start(t, vcsim.Options{})
	var plans []func() (*protocol.Provider, protocol.Object, []protocol.Diagnostic)
	for _, side := range []string{"left", "right"} {
		p := vc.Provider(t, ranges("dvs-1:1000:1024"))
		for i := range each {
			plan := p.Plan(kind, noVLAN(fmt.Sprintf("%s-%d", side, i)), protocol.Object{})
			if len(plan.Errors()) > 0 {
				t.Fatal(plan.Diagnostics)
			}
			plans = append(plans, func() (*protocol.Provider, protocol.Object, []protocol.Diagnostic) {
				now, said := p.Apply(plan)
				return p, now, said
			})
		}
	}
	var mu sync.Mutex
	made := map[*protocol.Provider][]protocol.Object{}
	var refused []protocol.Diagnostic
	var all sync.WaitGroup
	for _, apply := range plans {
		all.Go(func() {
			p, now, said := apply()
			mu.Lock()
			defer mu.Unlock()
			if refused = append(refused, protocol.Errors(said)...); now.Exists() {
				made[p] = append(made[p], now)
			}
		})
	}
	all.Wait()
	if n := noneTwice(t, vc, 1000, 1024); n != 25 || len(refused) != 2*each-25 {
		t.Errorf("%d VLANs are taken, and %d networks were refused", n, len(refused))
	}
	for _, one := range refused {
		if !strings.Contains(one.Text, "no VLAN of dvs-1:1000:1024 is free") || !strings.Contains(one.Text, " more are held") {
			t.Errorf("a loser is told %s", one.Text)
		}
	}
	for p, objects := range made {
		for _, one := range objects {
			p.Destroy(one)
		}
	}
	if left := holders(t, vc, 1000, 1024); len(left) > 0 {
		t.Errorf("still taken are %v", left)
	}
}

// TestAccTwoProcessesShareARange is the same with two real Terraforms, each of which plans before either makes one.
func TestAccTwoProcessesShareARange(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	var sides []*acctest.Workspace
	for _, side := range []string{"left", "right"} {
		ws := vc.NewWorkspace(t, wire, fmt.Sprintf("resource \"novasphere_networking_network\" \"n\" {\n  count = 60\n  name  = "+
			"\"%s-${count.index}\"\n}\n", side), "NOVASPHERE_NETWORK_VLAN_RANGES=physnet1:1000:1099", "NOVASPHERE_PHYSICAL_NETWORKS=physnet1:dvs-1",
			"NOVASPHERE_PROJECT="+side)
		ws.Must("plan", "-no-color", "-out=plan")
		sides = append(sides, ws)
	}
	said := make([]bytes.Buffer, len(sides))
	var both sync.WaitGroup
	for i, ws := range sides {
		run := ws.Start(t.Context(), &said[i], "apply", "-no-color", "plan")
		both.Go(func() { _ = run.Wait() }) // who fails is told below
	}
	both.Wait()
	out := said[0].String() + said[1].String()
	if n, told := noneTwice(t, vc, 1000, 1099), strings.Count(out, "Error: "); n != 100 || told != 20 {
		t.Errorf("%d VLANs are taken, and %d networks were refused:\n%s", n, told, out)
	}
	if !strings.Contains(out, "project left") && !strings.Contains(out, "project right") {
		t.Errorf("nobody is told who holds what:\n%s", out)
	}
	for _, ws := range sides { // as the losers were told
		ws.Must("destroy", "-auto-approve", "-no-color", "-refresh=false")
	}
	if left := holders(t, vc, 1000, 1099); len(left) > 0 {
		t.Errorf("still taken are %v", left)
	}
}
