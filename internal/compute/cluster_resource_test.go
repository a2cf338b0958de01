// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const clusterIt = "novasphere_compute_cluster.it"

func clusterBlock(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_compute_cluster\" \"it\" {\n  name = %q\n%s\n}\n", name, arguments)
}

func clusterOf(t *testing.T, vc *acctest.VCenter, name string) (*object.ClusterComputeResource, error) {
	t.Helper()
	return find.NewFinder(vc.Client().Client).ClusterComputeResource(t.Context(), "/dc1/host/"+name)
}

// configured checks the vCenter's configuration of a cluster.
func configured(t *testing.T, vc *acctest.VCenter, name string, check func(*types.ClusterConfigInfoEx) error) resource.TestCheckFunc {
	return acctest.Check(func() error {
		c, err := clusterOf(t, vc, name)
		if err != nil {
			return err
		}
		var m mo.ClusterComputeResource
		if err := c.Properties(t.Context(), c.Reference(), nil, &m); err != nil {
			return err
		}
		return check(m.ConfigurationEx.(*types.ClusterConfigInfoEx))
	})
}

func settled(drs bool, level string, ha, admission bool, failures int32) func(*types.ClusterConfigInfoEx) error {
	return func(c *types.ClusterConfigInfoEx) error {
		policy, _ := c.DasConfig.AdmissionControlPolicy.(*types.ClusterFailoverResourcesAdmissionControlPolicy)
		if is(c.DrsConfig.Enabled) != drs || string(c.DrsConfig.DefaultVmBehavior) != level || is(c.DasConfig.Enabled) != ha ||
			is(c.DasConfig.AdmissionControlEnabled) != admission || policy == nil || policy.FailoverLevel != failures ||
			!is(policy.AutoComputePercentages) {
			return fmt.Errorf("DRS %+v, HA %+v, %+v", c.DrsConfig, c.DasConfig, policy)
		}
		return nil
	}
}

// destroyCluster destroys an empty cluster by hand.
func destroyCluster(t *testing.T, vc *acctest.VCenter, name string) {
	t.Helper()
	by(t, func(context.Context) (*object.Task, error) {
		c, err := clusterOf(t, vc, name)
		if err != nil {
			return nil, err
		}
		return c.Destroy(t.Context())
	})
}

func TestAccComputeCluster(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	is := resource.TestCheckResourceAttr
	config := func(name, arguments string) string {
		return vc.Config("cluster = \"compute\"", clusterBlock(name, arguments))
	}
	changed := "drs_automation_level = \"manual\"\nha_enabled = true\nha_host_failures = 2\nha_admission_control = true"
	refused := func(config, text string) resource.TestStep {
		return resource.TestStep{Config: config, ExpectError: says(text)}
	}
	node := func(arguments string) string {
		return strings.Replace(trusted("esx-9", arguments), `"compute"`, "novasphere_compute_cluster.it.name", 1)
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy: acctest.Check(func() error {
			if _, err := clusterOf(t, vc, "core"); err == nil {
				return fmt.Errorf("the cluster is left")
			}
			return nil
		}),
		Steps: []resource.TestStep{
			refused(config("compute", ""), `novasphere_compute_cluster.ADDRESS`),
			refused(config("edge", `drs_automation_level = "half"`), "drs_automation_level"),
			refused(config("edge", `ha_host_failures = 0`), "a new one has none: write 1 to 32"),
			{Config: config("edge", ""), ConfigPlanChecks: action(clusterIt, created),
				Check: resource.ComposeTestCheckFunc(configured(t, vc, "edge", settled(true, "fullyAutomated", false, true, 1)),
					resource.TestMatchResourceAttr(clusterIt, "hypervisor_hostname", says("domain-")))},
			{Config: config("edge", changed), ConfigPlanChecks: action(clusterIt, updated),
				Check: configured(t, vc, "edge", settled(true, "manual", true, true, 2))},
			{Config: config("edge", changed), PlanOnly: true},
			refused(config("edge", `ha_host_failures = 0`), "that of edge promises that 2 may fail"),
			{ResourceName: clusterIt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"timeouts"}},
			{ResourceName: clusterIt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"timeouts"},
				ImportStateId: "edge"},
			refused(config("compute", changed), `a cluster called "compute" is there already`),
			{Config: vc.Config("cluster = \"compute\"", clusterBlock("edge", changed)+node("")), Check: is(esxNode, "cluster", "edge")},
			// its host stays
			{Config: vc.Config("cluster = \"compute\"", clusterBlock("core", "drs_enabled = false")+node("")),
				ConfigPlanChecks: action(clusterIt, updated),
				Check: resource.ComposeTestCheckFunc(is(esxNode, "cluster", "core"),
					configured(t, vc, "core", settled(false, "fullyAutomated", false, true, 1)))},
			{Config: vc.Config("cluster = \"compute\"", clusterBlock("core", "drs_enabled = false")+trusted("esx-9", "")),
				ConfigPlanChecks: action(esxNode, updated), Check: resource.ComposeTestCheckFunc(is(esxNode, "cluster", "compute"),
					inCluster(t, vc, "compute", 4))},
			{Config: vc.Config("cluster = \"compute\"", clusterBlock("core", "drs_enabled = false")), Check: inCluster(t, vc, "compute", 3)},
			{PreConfig: func() { fill(t, vc, "core", "db") }, Config: vc.Config("cluster = \"compute\"", ""),
				ExpectError: says(`the cluster core is not empty, and what is in it would go with it: ESX hosts "esx-7"; resource pools "db"`)},
			{PreConfig: func() { empty(t, vc, "core", "db") }, Config: vc.Config("cluster = \"compute\"", "")},
			{Config: config("core", "")},
			{PreConfig: func() { destroyCluster(t, vc, "core") }, Config: config("core", ""), ConfigPlanChecks: action(clusterIt, created)},
		},
	})
}

func inCluster(t *testing.T, vc *acctest.VCenter, name string, hosts int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		c, err := clusterOf(t, vc, name)
		if err != nil {
			return err
		}
		all, err := c.Hosts(t.Context())
		if err != nil || len(all) != hosts {
			return fmt.Errorf("%d hosts in %s, not %d (%v)", len(all), name, hosts, err)
		}
		return nil
	}
}

// fill puts a host and a pool into a cluster, as with the vSphere client.
func fill(t *testing.T, vc *acctest.VCenter, cluster, pool string) {
	t.Helper()
	c, err := clusterOf(t, vc, cluster)
	if err != nil {
		t.Fatal(err)
	}
	root, err := c.ResourcePool(t.Context())
	if err == nil {
		_, err = root.Create(t.Context(), pool, types.DefaultResourceConfigSpec())
	}
	if err != nil {
		t.Fatal(err)
	}
	by(t, func(context.Context) (*object.Task, error) {
		return c.AddHost(t.Context(), types.HostConnectSpec{HostName: "esx-7", UserName: vcsim.HostUser, Password: vcsim.HostPassword,
			SslThumbprint: vcsim.HostThumbprint("esx-7")}, true, nil, nil)
	})
}

// empty undoes fill.
func empty(t *testing.T, vc *acctest.VCenter, cluster, pool string) {
	t.Helper()
	finder := find.NewFinder(vc.Client().Client)
	found, err := finder.ResourcePool(t.Context(), "/dc1/host/"+cluster+"/Resources/"+pool)
	if err != nil {
		t.Fatal(err)
	}
	by(t, func(context.Context) (*object.Task, error) { return found.Destroy(t.Context()) })
	h, err := finder.HostSystem(t.Context(), "/dc1/host/"+cluster+"/esx-7")
	if err != nil {
		t.Fatal(err)
	}
	by(t, func(context.Context) (*object.Task, error) { return h.EnterMaintenanceMode(t.Context(), 5, false, nil) })
	by(t, func(context.Context) (*object.Task, error) { return h.Destroy(t.Context()) })
}

// TestAccComputeClusterImported: an imported cluster stays when its resource goes, unless it was adopted.
func TestAccComputeClusterImported(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	adopted := func(name, arguments string) string {
		return vc.Config("cluster = \"compute\"", clusterBlock(name, arguments)+"import {\n  to = novasphere_compute_cluster.it\n  id = \""+name+
			"\"\n}\n")
	}
	folders, err := datacenter(vc).Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folders.HostFolder.CreateCluster(t.Context(), "theirs", types.ClusterConfigSpecEx{}); err != nil {
		t.Fatal(err)
	}
	there := func(want bool) resource.TestCheckFunc {
		return acctest.Check(func() error {
			if _, err := clusterOf(t, vc, "theirs"); (err == nil) != want {
				return fmt.Errorf("it is there: %t (%v)", !want, err)
			}
			return nil
		})
	}
	recorder := &protocol.Recorder{}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: adopted("theirs", "drs_enabled = false\nha_admission_control = false"), Check: there(true)},
			{Config: vc.Config("cluster = \"compute\"", ""), Check: resource.ComposeTestCheckFunc(there(true),
				acctest.Check(func() error { return recorder.ExpectWarning("apply", "The cluster stays") }))},
			{Config: adopted("theirs", "drs_enabled = false\nadopt = true"), Check: there(true)},
			{Config: vc.Config("cluster = \"compute\"", ""), Check: there(false)},
		},
	})
}
