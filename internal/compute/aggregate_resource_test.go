// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const fast = "novasphere_compute_aggregate.fast"

// grouped checks that the cluster has exactly these groups of hosts and VMs, by the beginnings of their names: "aggregate: esx-1".
func grouped(t *testing.T, vc *acctest.VCenter, want ...string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		names := map[types.ManagedObjectReference]string{}
		for _, h := range vc.Hosts() {
			names[h.Self] = h.Name
		}
		for _, vm := range vc.VMs("OpenStack/*") {
			names[vm.Self] = vm.Name
		}
		var have []string
		for _, g := range clusterRules(t, vc).Group {
			name, in := g.GetClusterGroupInfo().Name, []string{}
			kind, _, _ := strings.Cut(strings.TrimPrefix(name, "novasphere-"), "-")
			var refs []types.ManagedObjectReference
			switch g := g.(type) {
			case *types.ClusterHostGroup:
				refs = g.Host
			case *types.ClusterVmGroup:
				refs = g.Vm
			}
			for _, r := range refs {
				in = append(in, names[r])
			}
			slices.Sort(in)
			have = append(have, kind+": "+strings.Join(in, ", "))
		}
		slices.Sort(have)
		if !slices.Equal(have, want) {
			return fmt.Errorf("the cluster has the groups %q, not %q", have, want)
		}
		return nil
	})
}

// runsOn checks the hosts of instances.
func runsOn(vc *acctest.VCenter, hosts ...string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		names := map[types.ManagedObjectReference]string{}
		for _, h := range vc.Hosts() {
			names[h.Self] = h.Name
		}
		on := map[string]bool{}
		for _, vm := range vc.VMs("OpenStack/*") {
			on[names[*vm.Runtime.Host]] = true
		}
		for _, name := range slices.Sorted(maps.Keys(on)) {
			if !slices.Contains(hosts, name) {
				return fmt.Errorf("an instance runs on %s, not on one of %q", name, hosts)
			}
		}
		return nil
	})
}

// chosen returns an aggregate, a flavor that chooses it, another flavor, and instances.
func chosen(hosts, flavor string, n int) string {
	return fmt.Sprintf(`
resource "novasphere_compute_aggregate" "fast" {
  name     = "fast"
  zone     = "az1"
  metadata = { disk = "ssd,nvme", rank = "3" }
  hosts    = [%s]
}
resource "novasphere_compute_aggregate" "slow" {
  name     = "slow"
  metadata = { disk = "hdd" }
  hosts    = ["esx-3"]
}
resource "novasphere_compute_flavor" "fast" {
  name        = "m1.fast"
  vcpus       = 1
  ram         = 1024
  disk        = 20
  extra_specs = {
    "aggregate_instance_extra_specs:disk" = split(",", novasphere_compute_aggregate.fast.metadata.disk)[0]
    "aggregate_instance_extra_specs:rank" = ">= 2"
  }
}
resource "novasphere_compute_flavor" "slow" {
  name        = "m1.slow"
  vcpus       = 1
  ram         = 1024
  disk        = 20
  extra_specs = { "aggregate_instance_extra_specs:disk" = "s== ${novasphere_compute_aggregate.slow.metadata.disk}" }
}
resource "novasphere_compute_instance" "it" {
  count       = %d
  name        = "it-${count.index}"
  flavor_name = novasphere_compute_flavor.%s.name
  image_name  = "debian-12"
  wait_for_ip = "0s"
}
`, hosts, n, flavor)
}

// TestAccAggregate: from their first start on, a flavor's instances run on the hosts that it chooses. They follow a resize and a change
// of the aggregate.
func TestAccAggregate(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(hosts, flavor string, n int) string { return vc.Config("", chosen(hosts, flavor, n)) }
	all := resource.ComposeAggregateTestCheckFunc
	one, two := `"esx-2"`, `"esx-1", "ESX-2"`
	bound := func(rules int) resource.TestCheckFunc {
		return acctest.Check(func() error {
			found := clusterRules(t, vc).Rule
			for _, r := range found {
				if is, ok := r.(*types.ClusterVmHostRuleInfo); !ok || !*is.Mandatory || !*is.Enabled {
					return fmt.Errorf("the rule %s does not bind", ruleText(vc, r))
				}
			}
			if len(found) != rules {
				return fmt.Errorf("%d rules, not %d", len(found), rules)
			}
			return nil
		})
	}
	const first = "novasphere_compute_instance.it[0]"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(one, "fast", 4), Check: all(bound(1), runsOn(vc, "esx-2"),
				grouped(t, vc, "aggregate: esx-2", "aggregate: esx-3", "flavor: esx-2", "flavor: it-0, it-1, it-2, it-3"))},
			{ResourceName: fast, ImportState: true, ImportStateVerify: true},
			{ResourceName: fast, ImportState: true, ImportStateId: "fast", ImportStateVerify: true},
			{PreConfig: func() { dropRules(t, vc) }, Config: config(one, "fast", 4), ConfigPlanChecks: action(fast, updated), Check: bound(1)},
			{PreConfig: func() { emptyHosts(t, vc) }, Config: config(one, "fast", 4), ConfigPlanChecks: action(fast, updated),
				Check: grouped(t, vc, "aggregate: esx-2", "aggregate: esx-3", "flavor: esx-2", "flavor: it-0, it-1, it-2, it-3")},
			{Config: config(two, "fast", 4), ConfigPlanChecks: action(fast, updated),
				Check: all(bound(1), grouped(t, vc, "aggregate: esx-1, esx-2", "aggregate: esx-3", "flavor: esx-1, esx-2",
					"flavor: it-0, it-1, it-2, it-3"))},
			{Config: config("", "fast", 4), ExpectError: says("no host would be left for them: it-0")},
			{Config: config(two, "slow", 4), ConfigPlanChecks: action(first, updated),
				Check: all(bound(1), grouped(t, vc, "aggregate: esx-1, esx-2", "aggregate: esx-3", "flavor: esx-3", "flavor: it-0, it-1, it-2, it-3"))},
			{Config: config(two, "slow", 1) + data("aggregate", "d", `name = novasphere_compute_aggregate.fast.name, hosts = ["esx-1"]`),
				Check: all(grouped(t, vc, "aggregate: esx-1, esx-2", "aggregate: esx-3", "flavor: esx-3", "flavor: it-0"),
					resource.TestCheckResourceAttr("data.novasphere_compute_aggregate.d", "metadata.rank", "3"),
					resource.TestCheckResourceAttr("data.novasphere_compute_aggregate.d", "zone", "az1"),
					resource.TestCheckResourceAttr("data.novasphere_compute_aggregate.d", "hosts.#", "2"))},
			{Config: config("", "slow", 0), Check: all(bound(0), grouped(t, vc, "aggregate: esx-3"))},
		},
		CheckDestroy: all(destroyed(vc), bound(0), grouped(t, vc), noRecords(vc, "aggregate")),
	})
}

// emptyHosts takes a host out of our group, as with the vSphere client.
func emptyHosts(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	for _, g := range clusterRules(t, vc).Group {
		if hosts, ok := g.(*types.ClusterHostGroup); ok && strings.HasPrefix(hosts.Name, "novasphere-aggregate-") &&
			slices.Contains(hosts.Host, hostNamed(t, vc, "esx-2")) {
			reconfigureCluster(t, vc,
				&types.ClusterConfigSpecEx{
					GroupSpec: []types.ClusterGroupSpec{{ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationEdit},
						Info: &types.ClusterHostGroup{ClusterGroupInfo: types.ClusterGroupInfo{Name: hosts.Name},
							Host: []types.ManagedObjectReference{hostNamed(t, vc, "esx-1")}}}}})
		}
	}
}

func hostNamed(t *testing.T, vc *acctest.VCenter, name string) types.ManagedObjectReference {
	t.Helper()
	return host(t, vc, name).Reference()
}

// TestAccAggregateRefused: hosts must exist and be of one cluster, names are unique, and a flavor that fits no host fails the instance's
// plan.
func TestAccAggregateRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	config := func(rest string) string { return vc.Config("  cluster = \"compute\"", rest) }
	aggregate := func(name, hosts string) string {
		return fmt.Sprintf("resource \"novasphere_compute_aggregate\" %q {\n  name = \"fast\"\n  metadata = { disk = \"hdd\" }\n  hosts = "+
			"[%s]\n}\n", name, hosts)
	}
	flavor := strings.Replace(plain("  name = \"it\"\n  depends_on = [novasphere_compute_aggregate.fast]"), "  disk  = 20",
		"  disk  = 20\n  extra_specs = { \"aggregate_instance_extra_specs:disk\" = \"ssd\" }", 1)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(aggregate("fast", `"esx-9"`)), ExpectError: says(`no ESX host "esx-9" in datacenter dc1; the nearest names are`)},
			{Config: config(aggregate("fast", `"compute"`)), ExpectError: says(`no ESX host "compute"`)},
			{Config: config(aggregate("fast", `"esx-1", "esx-4"`)), ExpectError: says("esx-1 is in the cluster compute and esx-4 in compute-2")},
			{Config: config(aggregate("fast", `"esx-1"`) + aggregate("twin", `"esx-2"`)),
				ExpectError: says(`another aggregate of this configuration is to be called "fast" too`)},
			{Config: config(strings.ReplaceAll(aggregate("fast", `"esx-1"`), "\"fast\" {", "\"fast\" {\n  zone = \"\"") + flavor),
				ExpectError: says(`the flavor m1.small wants hosts whose aggregates have disk "ssd", and no host of the cluster compute is ` +
					`in such ones (fast has disk = "hdd" and 1 hosts)`)},
			{Config: config(strings.ReplaceAll(aggregate("fast", `"esx-4"`), "hdd", "ssd") + flavor),
				ExpectError: says(`no host of the cluster compute is in such ones`)},
		},
	})
}

// TestAccAggregateByMoRef: hosts may be written by their managed object ids.
func TestAccAggregateByMoRef(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", data("hypervisors", "all", `level = "host"`)+`
resource "novasphere_compute_aggregate" "fast" {
  name  = "fast"
  hosts = [data.novasphere_compute_hypervisors.all.hypervisors[0].id]
}
`)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: config, Check: grouped(t, vc, "aggregate: esx-1")}},
		CheckDestroy:             grouped(t, vc),
	})
}
