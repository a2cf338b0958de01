// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
)

const group = "novasphere_compute_servergroup.g"

// computeCluster returns the first cluster.
func computeCluster(t *testing.T, vc *acctest.VCenter) *object.ClusterComputeResource {
	t.Helper()
	found, err := find.NewFinder(vc.Client().Client).ClusterComputeResource(t.Context(), "/dc1/host/compute")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// clusterRules returns the rules and groups of the first cluster.
func clusterRules(t *testing.T, vc *acctest.VCenter) *types.ClusterConfigInfoEx {
	t.Helper()
	var cluster mo.ClusterComputeResource
	found := computeCluster(t, vc)
	if err := found.Properties(t.Context(), found.Reference(), []string{"configurationEx"}, &cluster); err != nil {
		t.Fatal(err)
	}
	config, _ := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	return config
}

// ruleText formats a rule as "anti-affinity! a, b": with an exclamation mark where it is mandatory, and the names of VMs or groups.
func ruleText(vc *acctest.VCenter, rule types.BaseClusterRuleInfo) string {
	names := func(refs []types.ManagedObjectReference) string {
		var out []string
		for _, vm := range vc.VMs("OpenStack/*") {
			if slices.Contains(refs, vm.Self) {
				out = append(out, vm.Name)
			}
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	mark := map[bool]string{true: "! ", false: " "}[*rule.GetClusterRuleInfo().Mandatory]
	if !*rule.GetClusterRuleInfo().Enabled {
		mark = " off" + mark
	}
	switch r := rule.(type) {
	case *types.ClusterAffinityRuleSpec:
		return "affinity" + mark + names(r.Vm)
	case *types.ClusterAntiAffinityRuleSpec:
		return "anti-affinity" + mark + names(r.Vm)
	case *types.ClusterVmHostRuleInfo:
		return "hosts" + mark + r.VmGroupName + " on " + r.AffineHostGroupName
	}
	return fmt.Sprintf("%T", rule)
}

// ruled checks that the cluster has exactly these rules of ours.
func ruled(t *testing.T, vc *acctest.VCenter, want ...string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		var have []string
		for _, r := range clusterRules(t, vc).Rule {
			have = append(have, ruleText(vc, r))
		}
		slices.Sort(have)
		if !slices.Equal(have, want) {
			return fmt.Errorf("the cluster has the rules %q, not %q", have, want)
		}
		return nil
	})
}

// spread checks how many hosts the running instances are on.
func spread(vc *acctest.VCenter, machines, hosts int) resource.TestCheckFunc {
	return acctest.Check(func() error {
		on, running := map[string]bool{}, 0
		for _, vm := range vc.VMs("OpenStack/*") {
			if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
				on[vm.Runtime.Host.Value], running = true, running+1
			}
		}
		if running != machines || len(on) != hosts {
			return fmt.Errorf("%d machines run on %d hosts, not %d on %d", running, len(on), machines, hosts)
		}
		return nil
	})
}

// dropRules deletes all rules of the cluster, as with the vSphere client.
func dropRules(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	var spec types.ClusterConfigSpecEx
	for _, r := range clusterRules(t, vc).Rule {
		spec.RulesSpec = append(spec.RulesSpec,
			types.ClusterRuleSpec{ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationRemove,
				RemoveKey: r.GetClusterRuleInfo().Key}})
	}
	reconfigureCluster(t, vc, &spec)
}

func reconfigureCluster(t *testing.T, vc *acctest.VCenter, spec *types.ClusterConfigSpecEx) {
	t.Helper()
	task, err := computeCluster(t, vc).Reconfigure(t.Context(), spec, true)
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func serverGroup(policy, rest string) string {
	return fmt.Sprintf("resource \"novasphere_compute_servergroup\" \"g\" {\n  name = \"web\"\n  policies = [%q]\n%s\n}\n", policy, rest)
}

// members returns n instances of the group.
func members(n int) string {
	return fmt.Sprintf(`
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
resource "novasphere_compute_instance" "web" {
  count       = %d
  name        = "web-${count.index}"
  flavor_id   = novasphere_compute_flavor.small.id
  image_name  = "debian-12"
  wait_for_ip = "0s"
  scheduler_hints { group = novasphere_compute_servergroup.g.id }
}
`, n)
}

// TestAccServerGroup: the rule follows its members, exists before they start, and comes back after it was deleted outside of Terraform.
func TestAccServerGroup(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(policy string, n int) string { return vc.Config("", serverGroup(policy, "")+members(n)) }
	is := func(attribute, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr(group, attribute, value)
	}
	three := "anti-affinity! web-0, web-1, web-2"
	const first = "novasphere_compute_instance.web[0]"
	all := resource.ComposeAggregateTestCheckFunc
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", serverGroup("anti-affinity", "  rules { max_server_per_host = 1 }")),
				Check: all(ruled(t, vc), is("members.#", "0"), is("rule_in_force", "true"), is("rules.0.max_server_per_host", "1"),
					is("id", affinity.ServerGroupID("", "web", "anti-affinity")))},
			{Config: config("anti-affinity", 1), Check: all(ruled(t, vc), spread(vc, 1, 1))},
			{Config: config("anti-affinity", 3), Check: all(ruled(t, vc, three), spread(vc, 3, 3))},
			{RefreshState: true, Check: all(is("members.#", "3"), is("rule_in_force", "true"))},
			{ResourceName: group, ImportState: true, ImportStateVerify: true},
			{ResourceName: group, ImportState: true, ImportStateId: "web", ImportStateVerify: true},
			{PreConfig: func() { dropRules(t, vc) }, Config: config("anti-affinity", 3), ConfigPlanChecks: action(group, updated),
				Check: all(ruled(t, vc, three), is("rule_in_force", "true"))},
			{Config: config("anti-affinity", 2), ConfigPlanChecks: action(first, nothing), Check: ruled(t, vc, "anti-affinity! web-0, web-1")},
			{Config: config("anti-affinity", 1), Check: ruled(t, vc)},
			{Config: config("anti-affinity", 3), Check: ruled(t, vc, three)},
			{Config: config("affinity", 3), ConfigPlanChecks: action(first, remade),
				Check: all(ruled(t, vc, "affinity! web-0, web-1, web-2"), spread(vc, 3, 1))},
			{Config: config("soft-anti-affinity", 2) + data("servergroup", "d",
				"name = novasphere_compute_servergroup.g.name, depends_on = [novasphere_compute_instance.web]"),
				Check: all(ruled(t, vc, "anti-affinity web-0, web-1"), spread(vc, 2, 2),
					resource.TestCheckResourceAttr("data.novasphere_compute_servergroup.d", "members.#", "2"),
					resource.TestCheckResourceAttrPair("data.novasphere_compute_servergroup.d", "id", group, "id"),
					resource.TestCheckResourceAttr("data.novasphere_compute_servergroup.d", "policies.0", "soft-anti-affinity"))},
			{Config: config("soft-affinity", 2), Check: ruled(t, vc, "affinity web-0, web-1")},
		},
		CheckDestroy: all(destroyed(vc), ruled(t, vc), noRecords(vc, "servergroup")),
	})
}

// TestAccServerGroupFull: a member for which no host is left is not started, and the error tells why; once it is gone the rule is as
// before.
func TestAccServerGroupFull(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(n int) string { return vc.Config("", serverGroup("anti-affinity", "")+members(n)) }
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(3)},
			{Config: config(4), ExpectError: says("powering on web-3 failed")},
			{Config: config(3), Check: resource.ComposeAggregateTestCheckFunc(ruled(t, vc, "anti-affinity! web-0, web-1, web-2"), spread(vc, 3, 3))},
			{Config: vc.Config("", members(3)), ExpectError: says("has not been declared")},
			{Config: vc.Config("", strings.ReplaceAll(members(3), "novasphere_compute_servergroup.g.id",
				fmt.Sprintf("%q", affinity.ServerGroupID("", "web", "anti-affinity")))), ExpectError: says("the server group web has members: web-0")},
			{Config: config(3), PlanOnly: true},
			{Config: config(0)},
		},
		CheckDestroy: resource.ComposeAggregateTestCheckFunc(destroyed(vc), ruled(t, vc)),
	})
}

// TestAccServerGroupRefused: a group that no rule can express is refused at plan.
func TestAccServerGroupRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{NoDRS: true})
	const warning, failure = tfprotov6.DiagnosticSeverityWarning, tfprotov6.DiagnosticSeverityError
	rules := func(n int) []any { return []any{map[string]any{"max_server_per_host": n}} }
	for name, c := range map[string]struct {
		values map[string]any
		level  tfprotov6.DiagnosticSeverity
		at     string
		text   string
	}{
		"no policy":    {map[string]any{"policies": []any{}}, failure, "policies", "write exactly one of affinity, anti-affinity"},
		"two policies": {map[string]any{"policies": []any{"affinity", "soft-affinity"}}, failure, "policies", "is not one policy"},
		"other policy": {map[string]any{"policies": []any{"apart"}}, failure, "policies", `["apart"] is not one policy`},
		"two per host": {map[string]any{"policies": []any{"anti-affinity"}, "rules": rules(2)}, failure, "rules",
			"max_server_per_host = 2 cannot be kept"},
		"affinity": {map[string]any{"policies": []any{"affinity"}, "rules": rules(1)}, failure, "rules",
			"max_server_per_host is of the policy anti-affinity"},
		"DRS is off": {map[string]any{"policies": []any{"anti-affinity"}, "rules": rules(1)}, warning, "", "DRS is off in the cluster compute"},
	} {
		t.Run(name, func(t *testing.T) {
			c.values["name"] = "web"
			heard, _ := planned(t, vc, "novasphere_compute_servergroup", c.values)
			if len(heard) != 1 || heard[0].Severity != c.level || heard[0].Attribute != c.at || !strings.Contains(heard[0].Text, c.text) {
				t.Errorf("heard %v, not %v %q at %s", heard, c.level, c.text, c.at)
			}
		})
	}
}

// TestAccServerGroupWithoutDRS: the warning about DRS depends on the cluster of the members, not on the provider's own, and comes once.
func TestAccServerGroupWithoutDRS(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	recorder := &protocol.Recorder{}
	// the cluster of the zone nova
	reconfigureCluster(t, vc, &types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: new(bool)}})
	config := func(zone string) string {
		return serverGroup("soft-anti-affinity", "") + vc.Config(looseZones,
			strings.Replace(members(3), "wait_for_ip", "availability_zone = \""+zone+"\"\n  wait_for_ip", 1))
	}
	const warning = "DRS is off in the cluster compute: the rule would be there"
	const resources = 5 // in each plan
	before := 0
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: config("az2"), PlanOnly: true, ExpectNonEmptyPlan: true},
			{PreConfig: func() {
				if heard := recorder.Warnings("plan", "DRS is off"); len(heard) > 0 {
					t.Errorf("members go where it is on, and the plan says %v", heard)
				}
				recorder.Reset()
				before = recorder.Calls()
			}, Config: config("az1"), PlanOnly: true, ExpectNonEmptyPlan: true},
			{PreConfig: func() {
				heard := recorder.Warnings("plan", warning)
				if len(heard) == 0 || len(heard)*resources > recorder.Calls()-before {
					t.Errorf("members go where it is off, and of %d plans of a resource %d say it: %v", recorder.Calls()-before, len(heard), heard)
				}
				if all := recorder.Warnings("plan", "DRS is off"); len(all) != len(heard) {
					t.Errorf("and %v", all)
				}
			}, Config: vc.Config(looseZones, "# nothing")},
		},
	})
}

// TestAccServerGroupNames: a name is unique in its project, and the error offers the group that a killed apply has left.
func TestAccServerGroupNames(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	twin := strings.Replace(serverGroup("affinity", "  depends_on = [novasphere_compute_servergroup.g]"), `"g"`, `"twin"`, 1)
	other := vc.NewWorkspace(t, vc.Wire(t), serverGroup("affinity", ""), "NOVASPHERE_PROJECT=other")
	other.Apply()
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", serverGroup("affinity", "")+twin),
				ExpectError: says(`another server group of this configuration is to be called "web" too`)},
			{Config: vc.Config("", serverGroup("affinity", ""))},
			{ResourceName: group, ImportState: true, ImportStateId: "nobody",
				ExpectError: says(`no server group "nobody" in the project ""; the nearest names are "web"`)},
		},
	})
	other.PlanIsEmpty()
	other.Destroy()
	if left := vc.Catalogue(); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
