// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
)

const webGroup = "resource \"novasphere_compute_servergroup\" \"g\" {\n  name = \"web\"\n  policies = [%q]\n}\n"

// inGroup returns instances of a server group.
func inGroup(prefix, group, arguments string, n int) string {
	return fmt.Sprintf(`
resource "novasphere_compute_instance" "web" {
  count       = %d
  name        = "%s-${count.index}"
  flavor_name = "m1.small"
  image_name  = "debian-12"
  wait_for_ip = "0s"
  scheduler_hints {
    group = %s
  }
%s
}
`, n, prefix, group, arguments)
}

const smallFlavor = `
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
`

// clusterOf returns the first cluster's configuration.
func clusterOf(t *testing.T, vc *acctest.VCenter) *types.ClusterConfigInfoEx {
	t.Helper()
	found, err := find.NewFinder(vc.Client().Client).ClusterComputeResource(t.Context(), "/dc1/host/compute")
	if err != nil {
		t.Fatal(err)
	}
	var cluster mo.ClusterComputeResource
	if err := found.Properties(t.Context(), found.Reference(), []string{"configurationEx"}, &cluster); err != nil {
		t.Fatal(err)
	}
	config, _ := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	return config
}

// checkOneRule checks that there is one rule, with all instances.
func checkOneRule(t *testing.T, vc *acctest.VCenter, n int, mandatory bool) {
	t.Helper()
	rules := clusterOf(t, vc).Rule
	if len(rules) != 1 {
		t.Errorf("%d rules, not one", len(rules))
		return
	}
	var in []types.ManagedObjectReference
	switch r := rules[0].(type) {
	case *types.ClusterAffinityRuleSpec:
		in = r.Vm
	case *types.ClusterAntiAffinityRuleSpec:
		in = r.Vm
	}
	vms := vc.VMs("OpenStack/*")
	for _, vm := range vms {
		if !slices.Contains(in, vm.Self) {
			t.Errorf("%s is not in the rule", vm.Name)
		}
	}
	if len(in) != n || len(vms) != n || *rules[0].GetClusterRuleInfo().Mandatory != mandatory {
		t.Errorf("%d machines in the rule and %d in all, not %d; mandatory: %v", len(in), len(vms), n, *rules[0].GetClusterRuleInfo().Mandatory)
	}
}

// TestAccCallsOfServerGroups: ten members at a time cost the cluster a few changes, not ten, and their plan one read.
//
//nolint:paralleltest // how many calls are combined depends on the load of the computer
func TestAccCallsOfServerGroups(t *testing.T) {
	const n = 12
	for _, c := range []struct {
		policy, arguments string
		starts            int // separate calls, after the rule
		most              float64
	}{
		{"anti-affinity", "  power_state = \"shutoff\"", 0, 6}, // there are three hosts
		{"affinity", "", n, 7},
		{"soft-anti-affinity", "", 0, 6},
	} {
		t.Run(c.policy, func(t *testing.T) {
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			ws := vc.NewWorkspace(t, wire, smallFlavor+fmt.Sprintf(webGroup, c.policy)+
				inGroup("web", "novasphere_compute_servergroup.g.id", c.arguments+"\n  depends_on = [novasphere_compute_flavor.f]", n))
			ws.Apply()
			calls, _ := wire.Take()
			t.Logf("create: %.2f calls per instance: %s", float64(acctest.Total(calls))/n, callList(calls))
			checkBudget(t, "create", calls, n, c.most)
			if changes := calls["ReconfigureComputeResource_Task"]; changes > n/2 || calls["PowerOnVM_Task"] != c.starts {
				t.Errorf("%d changes of the cluster for %d members, %d starts", changes, n, calls["PowerOnVM_Task"])
			}
			checkOneRule(t, vc, n, !strings.HasPrefix(c.policy, "soft"))
			ws.PlanIsEmpty()
			calls, _ = wire.Take()
			t.Logf("plan:   %.2f calls per instance: %s", float64(acctest.Total(calls))/n, callList(calls))
			checkBudget(t, "plan", calls, n, 0.5)
			ws.Destroy()
			calls, _ = wire.Take()
			t.Logf("destroy: %.2f calls per instance: %s", float64(acctest.Total(calls))/n, callList(calls))
			checkBudget(t, "destroy", calls, n, 5)
			if rules := clusterOf(t, vc).Rule; len(rules) > 0 {
				t.Errorf("%d rules are left", len(rules))
			}
		})
	}
}

// TestAccServerGroupOfTwoWorkspaces: two workspaces add members to one group at the same time, and remove them again, ten at a time.
// Neither loses the other's members, and each start finds the rule.
func TestAccServerGroupOfTwoWorkspaces(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	id := affinity.ServerGroupID("", "web", "affinity")
	base := vc.NewWorkspace(t, vc.Wire(t), smallFlavor+fmt.Sprintf(webGroup, "affinity"))
	base.Apply()
	together := func(act string, workspaces ...*acctest.Workspace) {
		t.Helper()
		outs := make([]bytes.Buffer, len(workspaces))
		var waits []func() error
		for i, ws := range workspaces {
			waits = append(waits, ws.Start(t.Context(), &outs[i], act, "-auto-approve", "-no-color").Wait)
		}
		for i, wait := range waits {
			if err := wait(); err != nil {
				t.Fatalf("%s: %s\n%s", act, err, outs[i].String())
			}
		}
	}
	config := func(name string, n int) string { return inGroup(name, fmt.Sprintf("%q", id), "", n) }
	a, b := vc.NewWorkspace(t, vc.Wire(t), config("a", 10)), vc.NewWorkspace(t, vc.Wire(t), config("b", 10))
	together("apply", a, b)
	checkOneRule(t, vc, 20, true)
	on := map[string]bool{}
	for _, vm := range vc.VMs("OpenStack/*") {
		on[vm.Runtime.Host.Value+string(vm.Runtime.PowerState)] = true
	}
	if len(on) != 1 {
		t.Errorf("the members run on %v", on)
	}
	a.PlanIsEmpty()
	base.PlanIsEmpty()
	a.Configure(config("a", 5))
	b.Configure(config("b", 12))
	together("apply", a, b)
	checkOneRule(t, vc, 17, true)
	if out, err := base.Run("destroy", "-auto-approve", "-no-color"); err == nil || !strings.Contains(out, "has members") {
		t.Errorf("a group with members is destroyed: %v\n%s", err, out)
	}
	together("destroy", a, b)
	if rules := clusterOf(t, vc).Rule; len(rules) > 0 {
		t.Errorf("%d rules are left", len(rules))
	}
	base.Apply()
	base.Destroy()
	if left := vc.Catalogue(); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
