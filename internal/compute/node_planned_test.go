// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const platformProvider = "provider \"novasphere\" {\n  cluster = \"compute\"\n}\n"

// onEdge returns the host esx-9 in the cluster edge, both of this configuration.
func onEdge() string {
	return platformProvider + clusterBlock("edge", "") + strings.Replace(trusted("esx-9", ""), `"compute"`,
		"novasphere_compute_cluster.it.name", 1)
}

// refusedPlan checks that the plan of a configuration is refused with a text.
func refusedPlan(t *testing.T, ws *acctest.Workspace, config, text string, arguments ...string) {
	t.Helper()
	ws.Configure(config)
	out, err := ws.Run(append([]string{"plan", "-no-color"}, arguments...)...)
	if err == nil || !says(text).MatchString(out) {
		t.Errorf("%q is not said (%v): %s", text, err, out)
	}
}

// TestAccComputeNodeReplaced: a host and a cluster that are tainted or replaced are planned in their new form, and made anew. An object
// that another block has, or that would stay when it is destroyed, is refused, and a host is removed only where it can be added again.
func TestAccComputeNodeReplaced(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), onEdge())
	ws.Apply()
	ids := func() (node, cluster string) {
		h, err := hostOf(vc, "esx-9")
		if err != nil {
			t.Fatal(err)
		}
		return h.Self.Value, h.Parent.Value
	}
	node, cluster := ids()
	renewed := func(how string, wantNode, wantCluster bool) {
		t.Helper()
		nowNode, nowCluster := ids()
		if (nowNode != node) != wantNode || (nowCluster != cluster) != wantCluster {
			t.Errorf("%s: the node %s became %s, the cluster %s became %s", how, node, nowNode, cluster, nowCluster)
		}
		node, cluster = nowNode, nowCluster
		ws.PlanIsEmpty()
	}
	ws.Must("apply", "-auto-approve", "-no-color", "-replace="+esxNode)
	renewed("replaced", true, false)
	ws.Must("taint", esxNode)
	ws.Apply()
	renewed("tainted", true, false)
	ws.Must("taint", esxNode)
	ws.Must("taint", clusterIt)
	ws.Apply()
	renewed("both tainted", true, true)
	ws.Must("apply", "-auto-approve", "-no-color", "-replace="+clusterIt, "-replace="+esxNode)
	renewed("both replaced", true, true)
	refused := func(config, text string, arguments ...string) {
		t.Helper()
		refusedPlan(t, ws, config, text, arguments...)
	}
	refused(strings.Replace(onEdge(), vcsim.HostPassword, "another", 1), "username: the ESX host esx-9 does not let this account in",
		"-replace="+esxNode)
	// A duplicate is planned after the resource that it duplicates: before it, the plan cannot tell it from a replacement, and Create
	// refuses it.
	twinOf := func(of, block string) string {
		return strings.Replace(block, `"it" {`, `"twin" {`+"\n  depends_on = ["+of+"]", 1)
	}
	twin := twinOf(esxNode, trusted("esx-9", ""))
	refused(onEdge()+twin, "the ESX host esx-9 is in the vCenter already")
	refused(onEdge()+twinOf(clusterIt, clusterBlock("edge", "")), `a cluster called "edge" is there already`)
	refused(onEdge()+twinOf(clusterIt, clusterBlock("compute", "")), `a cluster called "compute" is there already`)
	refused(onEdge()+twinOf(esxNode, trusted("esx-1", "")), "the ESX host esx-1 is in the vCenter already, in the cluster compute, and "+
		"this provider did not add it")
	if now, _ := ids(); now != node {
		t.Errorf("the plans made %s of %s", now, node)
	}
	ws.Configure(onEdge())
	ws.Destroy()
	ws.Configure(platformProvider + theirs(""))
	ws.Apply()
	refused(platformProvider+theirs(""), "the ESX host esx-1 was not added by this provider", "-replace="+esxNode)
	ws.Must("taint", esxNode)
	refused(platformProvider+theirs(""), "the ESX host esx-1 was not added by this provider")
}

// fleet9 returns the host esx-9 in two states, an aggregate of it, and instances that name it in each form.
func fleet9(status string, instances bool) string {
	text := platformProvider + trusted("esx-9", onSwitch("dvs-1", "vmnic1")+status) + `
resource "novasphere_compute_aggregate" "fast" {
  name     = "fast"
  metadata = { disk = "ssd" }
  hosts    = [novasphere_compute_node.it.hostname]
}
resource "novasphere_compute_flavor" "plain" {
  name  = "m1.plain"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
resource "novasphere_compute_flavor" "fast" {
  name        = "m1.fast"
  vcpus       = 1
  ram         = 1024
  disk        = 20
  extra_specs = { "aggregate_instance_extra_specs:disk" = novasphere_compute_aggregate.fast.metadata.disk }
}
`
	if !instances {
		return text
	}
	for name, arguments := range map[string]string{
		"zone": `flavor_name = novasphere_compute_flavor.plain.name
  availability_zone = "nova:${novasphere_compute_node.it.hostname}"`,
		"node": `flavor_name = novasphere_compute_flavor.plain.name
  hypervisor_hostname = novasphere_compute_node.it.hostname`,
		"both": `flavor_name = novasphere_compute_flavor.plain.name
  availability_zone = "nova"
  hypervisor_hostname = novasphere_compute_node.it.hostname`,
		"spec": `flavor_name = novasphere_compute_flavor.fast.name`,
	} {
		text += fmt.Sprintf("resource \"novasphere_compute_instance\" %q {\n  name = %q\n  image_name = \"debian-12\"\n  wait_for_ip = "+
			"\"0s\"\n  %s\n  network { name = \"public\" }\n}\n", name, name, arguments)
	}
	return text
}

// TestAccComputeNodePlanned: a host can be named in the plan that adds it, in every argument for a host, and its planned status counts,
// not its present one.
func TestAccComputeNodePlanned(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), fleet9("", true))
	ws.Apply()
	ws.PlanIsEmpty()
	if err := runsOn(vc, "esx-9")(nil); err != nil || len(vc.VMs("OpenStack/*")) != 4 {
		t.Errorf("%d instances, %v", len(vc.VMs("OpenStack/*")), err)
	}
	ws.Configure(fleet9("", false))
	ws.Apply()
	ws.Configure(fleet9(`status = "disabled"`, true))
	if out := ws.Must("plan", "-no-color"); !says("the same plan puts the ESX host esx-9 into maintenance").MatchString(out) {
		t.Errorf("nobody is warned: %s", out)
	}
	ws.Configure(fleet9(`status = "disabled"`, false))
	ws.Apply()
	ws.Configure(fleet9("", true))
	if out := ws.Apply(); says("into maintenance").MatchString(out) {
		t.Errorf("somebody is warned: %s", out)
	}
	ws.PlanIsEmpty()
	if err := runsOn(vc, "esx-9")(nil); err != nil || len(vc.VMs("OpenStack/*")) != 4 {
		t.Errorf("%d instances, %v", len(vc.VMs("OpenStack/*")), err)
	}
	ws.Configure(strings.ReplaceAll(fleet9(`status = "disabled"`, true), "novasphere_compute_node.it.hostname]", "\"esx-10\"]"))
	if out, err := ws.Run("plan", "-no-color"); err == nil || !says(`no ESX host "esx-10" in datacenter dc1`).MatchString(out) {
		t.Errorf("a host that nobody plans is not refused (%v): %s", err, out)
	}
	ws.Configure(fleet9("", false))
	ws.Apply()
	ws.Destroy()
}

// TestAccComputeNodePlannedElsewhere: a host that the plan adds to one cluster is not in another cluster's zone, nor in its aggregate.
func TestAccComputeNodePlannedElsewhere(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	config := func(rest string) string { return vc.Config(looseZones, trusted("esx-9", "")+rest) }
	refused := func(rest, text string) resource.TestStep {
		return resource.TestStep{Config: config(rest), ExpectError: says(text)}
	}
	const name = "novasphere_compute_node.it.hostname"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			refused(plain("name = \"web\"\n  availability_zone = \"az2:${"+name+"}\""), `no host "esx-9" in the cluster compute-2 of the zone az2`),
			refused(plain("name = \"web\"\n  availability_zone = \"az2\"\n  hypervisor_hostname = "+name),
				`there is no "esx-9" in the cluster compute-2`),
			refused("resource \"novasphere_compute_aggregate\" \"it\" {\n  name = \"it\"\n  hosts = ["+name+", \"esx-4\"]\n}\n",
				"esx-4 is in the cluster compute-2 and esx-9 in compute"),
		},
	})
}
