// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// twoZones defines a zone for each of two clusters, the second with a datastore of its own.
const twoZones = `  availability_zone {
    name    = "az1"
    cluster = "compute"
  }
  availability_zone {
    name       = "az2"
    cluster    = "compute-2"
    datastores = ["vmfs-2"]
    switch     = "dvs-1"
  }
`

// placedIn checks in which cluster and on which datastore an instance is.
func placedIn(vc *acctest.VCenter, cluster, datastore string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		var host mo.HostSystem
		var owner mo.ComputeResource
		collect := property.DefaultCollector(vc.Client().Client)
		if err := collect.RetrieveOne(context.Background(), *vm.Runtime.Host, []string{"parent"}, &host); err != nil {
			return err
		}
		if err := collect.RetrieveOne(context.Background(), *host.Parent, []string{"name"}, &owner); err != nil {
			return err
		}
		store, _, _ := strings.Cut(strings.TrimPrefix(vm.Config.Files.VmPathName, "["), "]")
		return differ(map[string]any{"cluster": owner.Name, "store": store}, map[string]any{"cluster": cluster, "store": datastore})
	})
}

// boundTo checks that an instance is on a host, and that a mandatory rule of the cluster keeps it there.
func boundTo(vc *acctest.VCenter, host string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		var is mo.HostSystem
		var cluster mo.ClusterComputeResource
		collect := property.DefaultCollector(vc.Client().Client)
		if err := collect.RetrieveOne(context.Background(), *vm.Runtime.Host, []string{"name", "parent"}, &is); err != nil {
			return err
		}
		if err := collect.RetrieveOne(context.Background(), *is.Parent, []string{"configurationEx"}, &cluster); err != nil {
			return err
		}
		bound := false
		for _, one := range cluster.ConfigurationEx.(*types.ClusterConfigInfoEx).Rule {
			if rule, ok := one.(*types.ClusterVmHostRuleInfo); ok && rule.Mandatory != nil && *rule.Mandatory &&
				strings.HasPrefix(rule.Name, "novasphere-host-") {
				bound = true
			}
		}
		return differ(map[string]any{"host": is.Name, "bound": bound}, map[string]any{"host": host, "bound": true})
	})
}

// TestAccAvailabilityZones: an instance goes to its zone, stays there when the argument is dropped, and another zone replaces it.
func TestAccAvailabilityZones(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	const it = "novasphere_compute_instance.it"
	web := func(zone string) string {
		return vc.Config(twoZones, plain("name = \"web\"\n"+zone+"\n  network { name = \"public\" }"))
	}
	is := resource.TestCheckResourceAttr
	replaced := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it,
		plancheck.ResourceActionDestroyBeforeCreate)}}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: web(`availability_zone = "az2"`), Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute-2", "vmfs-2"),
				is(it, "availability_zone", "az2"))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: idOf(vc),
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			{Config: web(""), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
				Check: placedIn(vc, "compute-2", "vmfs-2")},
			{Config: web(`availability_zone_hints = "az1"`), ConfigPlanChecks: replaced,
				Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute", "vmfs-1"), is(it, "availability_zone", "az1"))},
			// the first zone's cluster
			{Config: web(`availability_zone = "nova"`), ConfigPlanChecks: replaced, Check: placedIn(vc, "compute", "vmfs-1")},
			{Config: web(`availability_zone = "az1:esx-2"`), ConfigPlanChecks: replaced,
				Check: resource.ComposeAggregateTestCheckFunc(boundTo(vc, "esx-2"), is(it, "availability_zone", "az1:esx-2"))},
			{Config: web(`availability_zone = "az1:ESX-2"`), ConfigPlanChecks: action(it, updated), Check: boundTo(vc, "esx-2")}, // the same host
			{Config: web(`availability_zone = "az1:esx-9"`), ExpectError: says(`no host "esx-9" in the cluster compute of the zone az1`)},
			{Config: web("") + "data \"novasphere_compute_availability_zones\" \"all\" {}\n", Check: resource.ComposeAggregateTestCheckFunc(
				is("data.novasphere_compute_availability_zones.all", "names.#", "3"),
				is("data.novasphere_compute_availability_zones.all", "names.0", "az1"))},
		},
	})
}

// TestAccAvailabilityZonesRefused: a zone whose parts contradict each other is refused at its block, before anything exists.
func TestAccAvailabilityZonesRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2, Datacenters: 2})
	secondSwitch(t, vc)
	onlyThere(t, vc, "compute-2/esx-4", "only-2")
	zone := func(name, arguments string) string {
		return fmt.Sprintf("  datacenter = \"dc1\"\n  availability_zone {\n    name = %q\n    cluster = \"compute\"\n%s\n  }\n", name, arguments)
	}
	wrong := func(provider, zone, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(provider, plain("name = \"web\"\n  availability_zone = \""+zone+
			"\"\n  network { name = \"public\" }")), ExpectError: says(text)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			wrong(zone("az1", ""), "az3", `there is no availability zone "az3": the provider's availability_zone blocks make "az1", "nova"`),
			wrong(zone("az:1", ""), "nova", "nor hold a colon"),
			wrong(zone("az1", "")+zone("az1", "")[len("  datacenter = \"dc1\"\n"):], "az1", `two zones are called "az1"`),
			wrong(strings.Replace(zone("az1", ""), `"compute"`, `"compte"`, 1), "az1", `the zone "az1": cluster: no cluster "compte"`),
			wrong(zone("az1", `    datastores = ["vmfs-9"]`), "az1", `the zone "az1": datastore: no datastore "vmfs-9"`),
			wrong(zone("az1", `    datastore_regex = "ssd"`), "az1", `the zone "az1": datastore_regex: no datastore of cluster compute can be used`),
			wrong(zone("az1", `    resource_pool = "gold"`), "az1", `the zone "az1": resource_pool: no resource pool "gold"`),
			wrong(zone("az1", `    storage_policy = "gold"`), "az1", `the zone "az1": storage_policy: no storage policy "gold"`),
			wrong(zone("az1", `    switch = "dvs-9"`), "az1", `the zone "az1": switch: no distributed switch "dvs-9"`),
			wrong(zone("nova", `    switch = "dvs-9"`), "nova", `the zone "nova": switch: no distributed switch "dvs-9"`),
			wrong(zone("nova", `    resource_pool = "gold"`), "nova", `the zone "nova": resource_pool: no resource pool "gold"`),
			wrong(zone("az1", `    switch = "dvs-2"`), "az1",
				`the zone "az1": switch: no host of the cluster compute is a member of the distributed switch dvs-2`),
			wrong(zone("az1", `    datastores = ["only-2"]`), "az1", `the zone "az1": datastore: no datastore "only-2" in cluster compute`),
			// a zone that no instance uses is checked too
			wrong(zone("az1", `    switch = "dvs-2"`), "nova", `the zone "az1": switch: no host of the cluster compute is a member`),
			wrong(zone("az1", `    datastores = ["only-2"]`), "", `the zone "az1": datastore: no datastore "only-2"`),
			{Config: vc.Config("  datacenter = \"dc1\"\n", "# nothing"), Check: acctest.Check(func() error {
				if vms := vc.VMs("OpenStack/*"); len(vms) > 0 {
					return fmt.Errorf("%d machines are left", len(vms))
				}
				return nil
			})},
		},
	})
}

// onlyThere makes a datastore that only one host mounts.
func onlyThere(t *testing.T, vc *acctest.VCenter, host, name string) {
	t.Helper()
	found, err := find.NewFinder(vc.Client().Client).HostSystem(t.Context(), "/dc1/host/"+host)
	if err != nil {
		t.Fatal(err)
	}
	stores, err := found.ConfigManager().DatastoreSystem(t.Context())
	if err == nil {
		_, err = stores.CreateLocalDatastore(t.Context(), name, t.TempDir())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAccAvailabilityZoneOfNobody: a zone whose parts contradict each other fails every plan with an instance, even of an existing one,
// and the list of zones tells why it leaves the zone out.
func TestAccAvailabilityZoneOfNobody(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	secondSwitch(t, vc)
	web := plain("name = \"web\"\n  network { name = \"public\" }")
	const wrong = "  availability_zone {\n    name = \"az1\"\n    cluster = \"compute\"\n    switch = \"dvs-2\"\n  }\n"
	list := data("availability_zones", "all", "")
	recorder := &protocol.Recorder{}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: vc.Config("", web)},
			{Config: vc.Config(wrong, web), PlanOnly: true,
				ExpectError: says(`The provider's argument availability_zone: the zone "az1": switch: no host of the cluster compute is a member`)},
			{Config: vc.Config(wrong, list),
				Check: resource.ComposeAggregateTestCheckFunc(resource.TestCheckResourceAttr("data.novasphere_compute_availability_zones.all",
					"names.#", "1"),
					acctest.Check(func() error {
						return recorder.ExpectWarning("data", `the zone "az1": switch: no host of the cluster compute is a member`)
					}))},
			{Config: vc.Config(wrong, data("availability_zones", "all", `state = "unavailable"`)),
				Check: resource.TestCheckResourceAttr("data.novasphere_compute_availability_zones.all", "names.0", "az1")},
		},
	})
}
