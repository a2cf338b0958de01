// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccInstanceHypervisor: hypervisor_hostname chooses the host at creation and moves the instance later, with or without DRS. The zone
// follows where none is written.
func TestAccInstanceHypervisor(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
		same, recorder := &identity{}, &protocol.Recorder{}
		node := func(cluster string) string {
			found, err := find.NewFinder(vc.Client().Client).ClusterComputeResource(t.Context(), "/dc1/host/"+cluster)
			if err != nil {
				t.Fatal(err)
			}
			return found.Reference().Value + "." + vc.Client().ServiceContent.About.InstanceUuid
		}
		at := func(name, more string) string {
			return web(vc, looseZones, more+"\n  hypervisor_hostname = \""+name+"\"")
		}
		onHost := func(name string) resource.TestCheckFunc {
			return resource.ComposeAggregateTestCheckFunc(resource.TestCheckResourceAttr(it, "host", name),
				on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
					hosts := vc.Hosts()
					i := slices.IndexFunc(hosts, func(h mo.HostSystem) bool { return h.Self == *vm.Runtime.Host })
					return differ(map[string]any{"host": hosts[i].Name}, map[string]any{"host": name})
				}))
		}
		is := resource.TestCheckResourceAttr
		fresh := func() { recorder.Reset(); vc.ResetCalls() }
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			Steps: []resource.TestStep{
				{Config: at("esx-9", ""), ExpectError: says(`hypervisor_hostname: no availability zone has the compute node "esx-9"`)},
				{Config: at("esx-5", `availability_zone = "az1"`),
					ExpectError: says(`hypervisor_hostname: there is no "esx-5" in the cluster compute, which is that of the zone az1`)},
				{Config: at("esx-2", ""), Check: resource.ComposeAggregateTestCheckFunc(onHost("esx-2"), is(it, "availability_zone", "az1"),
					is(it, "hypervisor_hostname", "esx-2"))},
				{PreConfig: recorder.Reset, Config: at("esx-3", ""), ConfigPlanChecks: action(it, remade),
					Check: resource.ComposeAggregateTestCheckFunc(onHost("esx-3"), heard(recorder, madeAnew))},
				{PreConfig: func() { toHost(t, vc, "compute", "esx-1") }, Config: at("esx-3", ""), ConfigPlanChecks: action(it, nothing),
					Check: resource.ComposeAggregateTestCheckFunc(onHost("esx-1"), on(vc, "OpenStack/web", same.of),
						is(it, "hypervisor_hostname", "esx-3"))},
				{PreConfig: fresh, Config: at("esx-2", mayMove), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(on(vc, "OpenStack/web", same.of), travelled(vc, 1, 0), heard(recorder, movedLive))},
				{Config: at("esx-2", mayMove), ConfigPlanChecks: action(it, nothing), Check: onHost("esx-2")},
				{PreConfig: fresh, Config: at(node("compute-2"), mayMove), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(
						on(vc, "OpenStack/web", same.of), travelled(vc, 1, 1), placedIn(vc, "compute-2", "vmfs-1"), is(it, "availability_zone", "az2"),
						is(it, "hypervisor_hostname", node("compute-2")), recordedZone(vc, "az2"))},
				{PreConfig: fresh, Config: at("esx-1", mayMove), ConfigPlanChecks: action(it, updated), Check: resource.ComposeAggregateTestCheckFunc(
					on(vc, "OpenStack/web", same.of), placedIn(vc, "compute", "vmfs-1"), onHost("esx-1"), is(it, "availability_zone", "az1"))},
			},
		})
	})
}

// TestAccInstanceMovedByHand: an instance that was moved to another zone's cluster outside of Terraform is shown there. With the flag an
// apply brings it back; without the flag it stays. Where the configuration follows, or an apply was killed between the move and the
// record, only the record is corrected.
func TestAccInstanceMovedByHand(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
		same, recorder := &identity{}, &protocol.Recorder{}
		away := func() { toHost(t, vc, "compute-2", "esx-5"); recorder.Reset(); vc.ResetCalls() }
		config := func(more string) string { return web(vc, looseZones, more) }
		is := resource.TestCheckResourceAttr
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			Steps: []resource.TestStep{
				{Config: config(mayMove + `availability_zone = "az1"`), Check: on(vc, "OpenStack/web", same.of)},
				{PreConfig: away, Config: config(mayMove + `availability_zone = "az1"`), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(
						on(vc, "OpenStack/web", same.of), placedIn(vc, "compute", "vmfs-1"), travelled(vc, 1, 0),
						heard(recorder, "web goes from az2 (host esx-5) to az1 (cluster compute)"), recordedZone(vc, "az1"))},
				{PreConfig: away, Config: config(mayMove + `availability_zone = "az2"`), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(
						on(vc, "OpenStack/web", same.of), placedIn(vc, "compute-2", "vmfs-1"), travelled(vc, 0, 1), heard(recorder, thereSoon),
						recordedZone(vc, "az2"), is(it, "availability_zone", "az2"), is(it, "host", "esx-5"))},
				{PreConfig: func() { toHost(t, vc, "compute", "esx-1"); recorder.Reset(); vc.ResetCalls() },
					Config: config(`availability_zone = "az2"`), ConfigPlanChecks: action(it, updated), ExpectNonEmptyPlan: true,
					Check: resource.ComposeAggregateTestCheckFunc(on(vc, "OpenStack/web", same.of), placedIn(vc, "compute", "vmfs-1"), travelled(vc, 0, 0),
						heard(recorder, leftThere), recordedZone(vc, "az2"))},
				{PreConfig: func() { recorder.Reset(); vc.ResetCalls() }, Config: config(`availability_zone = "az1"`),
					ConfigPlanChecks: action(it, updated), Check: resource.ComposeAggregateTestCheckFunc(
						on(vc, "OpenStack/web", same.of), placedIn(vc, "compute", "vmfs-1"), travelled(vc, 0, 1), heard(recorder, thereSoon),
						recordedZone(vc, "az1"))},
			},
		})
	})
}

// TestAccCallsOfPlansWithZones: a plan finds the places of all instances together, so it costs no more calls for each instance than one
// without zones, and one more in all: the clusters.
func TestAccCallsOfPlansWithZones(t *testing.T) {
	t.Parallel()
	const n = 40
	fleet := fmt.Sprintf("count = %d\n  name = \"web-${count.index}\"\n  wait_for_ip = \"0s\"\n", n) + onPublic
	plan := func(zones, arguments string) (reads, others int) {
		vc := acctest.Start(t, vcsim.Options{Clusters: 2})
		wire := vc.Wire(t)
		ws := vc.NewWorkspace(t, wire, "provider \"novasphere\" {\n"+zones+"}\n"+plain(arguments+fleet))
		ws.Apply()
		wire.Take()
		ws.PlanIsEmpty()
		calls, _ := wire.Take()
		t.Logf("%d calls of a plan of %d instances: %v", acctest.Total(calls), n, calls)
		const machines = "RetrievePropertiesEx of VirtualMachine" // how many share one read depends on how busy the computer is
		return calls[machines], acctest.Total(calls) - calls[machines]
	}
	readsWithout, without := plan("  cluster = \"compute\"\n", "")
	readsWith, with := plan(looseZones, "availability_zone = count.index % 2 == 0 ? \"az1\" : \"az2\"\n  allow_live_migration = true\n  ")
	if with > without+n/4 { // the parts of all zones are read together, once
		t.Errorf("a plan of %d instances costs %d calls with zones beside reading them, and %d without", n, with, without)
	}
	if most := n / 2; max(readsWith, readsWithout) > most {
		t.Errorf("%d instances are read in %d calls with zones and %d without, and %d is the most", n, readsWith, readsWithout, most)
	}
}
