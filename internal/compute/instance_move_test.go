// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const (
	movedLive  = "The instance will be moved live"
	movedOff   = "The instance will be moved while it does not run"
	madeAnew   = "The instance will be replaced to be elsewhere"
	leftThere  = "The instance is elsewhere, and stays there"
	thereSoon  = "The instance is there already"
	staysThere = "The instance stays on its host"
	mayMove    = "allow_live_migration = true\n  "
	onPublic   = "\n  network { name = \"public\" }"
	looseZones = `  availability_zone {
    name    = "az1"
    cluster = "compute"
  }
  availability_zone {
    name    = "az2"
    cluster = "compute-2"
  }
`
)

// journey checks that an instance keeps everything through a move: its identity, its NICs with addresses and ports, and its guest's
// report.
type journey struct {
	identity
	luggage string
}

func (j *journey) of(vm mo.VirtualMachine) error {
	var all []string
	for _, card := range cardsOf(vm) {
		port := card.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo).Port
		all = append(all, card.MacAddress, port.PortgroupKey, port.PortKey)
	}
	for _, nic := range vm.Guest.Net {
		all = append(all, nic.IpAddress...)
	}
	now := strings.Join(all, " ")
	if j.luggage == "" {
		j.luggage = now
	}
	if j.luggage != now {
		return fmt.Errorf("it had %q, and now it has %q", j.luggage, now)
	}
	return j.identity.of(vm)
}

// travelled checks how often VMs were moved, changed, started and stopped.
func travelled(vc *acctest.VCenter, moves, changes int) resource.TestCheckFunc {
	return acctest.Check(func() error {
		calls := vc.Calls()
		if vc.Advanced() == vcsim.AllRefused && changes > 0 { // each change is recorded in the catalogue too
			changes = calls["ReconfigVM_Task"]
		}
		return differ(map[string]any{"moves": calls["RelocateVM_Task"], "changes": calls["ReconfigVM_Task"], "stops": calls["PowerOffVM_Task"] +
			calls["ShutdownGuest"], "starts": calls["PowerOnVM_Task"]},
			map[string]any{"moves": moves, "changes": changes, "stops": 0, "starts": 0})
	})
}

// heard checks for a warning of the plan.
func heard(recorder *protocol.Recorder, text string) resource.TestCheckFunc {
	return acctest.Check(func() error { return recorder.ExpectWarning("plan", text) })
}

// toHost moves an instance to a host behind the provider's back.
func toHost(t *testing.T, vc *acctest.VCenter, cluster, host string) {
	t.Helper()
	finder := find.NewFinder(vc.Client().Client)
	pool, err := finder.ResourcePool(t.Context(), "/dc1/host/"+cluster+"/Resources")
	if err != nil {
		t.Fatal(err)
	}
	to, err := finder.HostSystem(t.Context(), "/dc1/host/"+cluster+"/"+host)
	if err != nil {
		t.Fatal(err)
	}
	p, h := pool.Reference(), to.Reference()
	by(t, func(ctx context.Context) (*object.Task, error) {
		return machine(vc, "OpenStack/web").Relocate(ctx, types.VirtualMachineRelocateSpec{Pool: &p, Host: &h},
			types.VirtualMachineMovePriorityDefaultPriority)
	})
}

// web returns an instance in a configuration with zones.
func web(vc *acctest.VCenter, zones, arguments string) string {
	return vc.Config(zones, plain("name = \"web\"\n  "+arguments+onPublic))
}

// TestAccInstanceMovesLive: a move to another zone and back, with the disks where needed, in one call and without a power cycle.
func TestAccInstanceMovesLive(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
		same, recorder := &journey{}, &protocol.Recorder{}
		zone := func(name string) string { return web(vc, twoZones, mayMove+"availability_zone = \""+name+"\"") }
		fresh := func() { recorder.Reset(); vc.ResetCalls() }
		is := resource.TestCheckResourceAttr
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				{Config: zone("az1"), Check: resource.ComposeTestCheckFunc(placedIn(vc, "compute", "vmfs-1"), on(vc, "OpenStack/web", same.of))},
				{PreConfig: fresh, Config: zone("az2"), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute-2", "vmfs-2"),
						on(vc, "OpenStack/web", same.of), travelled(vc, 1, 1), heard(recorder, movedLive), heard(recorder, "web goes from az1 (host esx-"),
						heard(recorder, "to az2 (cluster compute-2)"), heard(recorder, "Its disks go from the datastore vmfs-1"),
						is(it, "availability_zone", "az2"), hostIn(vc), recordedZone(vc, "az2"))},
				{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: idOf(vc),
					ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "allow_live_migration"}},
				// the zone may use this datastore too
				{PreConfig: fresh, Config: zone("az1"), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute", "vmfs-2"),
						on(vc, "OpenStack/web", same.of), travelled(vc, 1, 1), heard(recorder, movedLive), is(it, "availability_zone", "az1"), hostIn(vc),
						recordedZone(vc, "az1"))},
				{PreConfig: fresh, Config: web(vc, twoZones, mayMove), ConfigPlanChecks: action(it, nothing)},
			},
		})
	})
}

// hostIn checks that the state shows the instance's host and compute node.
func hostIn(vc *acctest.VCenter) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		vm := vc.VM("OpenStack/web")
		for _, host := range vc.Hosts() {
			if host.Self == *vm.Runtime.Host {
				shown := state.RootModule().Resources[it].Primary.Attributes
				return differ(map[string]any{"host": shown["host"], "node": shown["hypervisor_hostname"]},
					map[string]any{"host": host.Name, "node": host.Parent.Value + "." + vc.Client().ServiceContent.About.InstanceUuid})
			}
		}
		return fmt.Errorf("it is on no host")
	}
}

// recordedZone checks the zone in the VM's record.
func recordedZone(vc *acctest.VCenter, zone string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		if record := vc.Parameters(vm)["novasphere.server"]; !strings.Contains(record, fmt.Sprintf(`"zone":%q`, zone)) {
			return fmt.Errorf("the record says no zone %q: %s", zone, record)
		}
		return nil
	})
}

// TestAccInstanceMovesBound: a change to another zone:host, or to the zone alone, keeps the instance, and the rule follows.
func TestAccInstanceMovesBound(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
		same, recorder := &journey{}, &protocol.Recorder{}
		zone := func(name string) string { return web(vc, looseZones, mayMove+"availability_zone = \""+name+"\"") }
		fresh := func() { recorder.Reset(); vc.ResetCalls() }
		is := resource.TestCheckResourceAttr
		step := func(to string, moves, changes int, check resource.TestCheckFunc, warnings ...string) resource.TestStep {
			checks := []resource.TestCheckFunc{on(vc, "OpenStack/web", same.of), travelled(vc, moves, changes), is(it, "availability_zone", to),
				hostIn(vc), recordedZone(vc, to), check}
			for _, text := range warnings {
				checks = append(checks, heard(recorder, text))
			}
			return resource.TestStep{PreConfig: fresh, Config: zone(to), ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeAggregateTestCheckFunc(checks...)}
		}
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			CheckDestroy:             resource.ComposeAggregateTestCheckFunc(destroyed(vc), ruled(t, vc)),
			Steps: []resource.TestStep{
				{Config: zone("az1:esx-1"), Check: resource.ComposeTestCheckFunc(boundTo(vc, "esx-1"), on(vc, "OpenStack/web", same.of))},
				step("az1:esx-2", 1, 2, boundTo(vc, "esx-2"), movedLive, "to az1 (cluster compute, host esx-2)",
					"binds it to the host esx-2 from then on"),
				{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: idOf(vc),
					ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "allow_live_migration"}},
				step("az1", 0, 1, ruled(t, vc), staysThere, "The rule that binds it to the host esx-2 lets it go"),
				step("az1:esx-2", 0, 1, boundTo(vc, "esx-2"), staysThere),
				step("az2:esx-5", 1, 2, resource.ComposeAggregateTestCheckFunc(boundTo(vc, "esx-5"), ruled(t, vc)), movedLive,
					"to az2 (cluster compute-2, host esx-5)"),
				step("az1", 1, 2, resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute", "vmfs-1"), ruled(t, vc)), movedLive, "lets it go"),
				{Config: zone("az1:esx-9"), ExpectError: says(`there is no "esx-9" in the cluster compute`)},
			},
		})
	})
}

// TestAccInstanceMovesCold: an instance that is off moves without being started, and may be resized in the same apply.
func TestAccInstanceMovesCold(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
		same, recorder := &journey{}, &protocol.Recorder{}
		zone := func(name, more string) string {
			return web(vc, twoZones, mayMove+more+"\n  availability_zone = \""+name+"\"")
		}
		fresh := func() { recorder.Reset(); vc.ResetCalls() }
		off := on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			return differ(map[string]any{"power": vm.Runtime.PowerState}, map[string]any{"power": types.VirtualMachinePowerStatePoweredOff})
		})
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			Steps: []resource.TestStep{
				{Config: zone("az1", `power_state = "shutoff"`), Check: resource.ComposeTestCheckFunc(placedIn(vc, "compute", "vmfs-1"),
					on(vc, "OpenStack/web", same.of))},
				{PreConfig: fresh, Config: zone("az2", `power_state = "shutoff"`), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute-2", "vmfs-2"), on(vc, "OpenStack/web", same.of),
						travelled(vc, 1, 1), heard(recorder, movedOff), off)},
				{PreConfig: fresh, Config: strings.Replace(zone("az1", `power_state = "shutoff"`), "ram   = 2048", "ram   = 4096", 1),
					ConfigPlanChecks: action(it, updated),
					// two of the changes are the catalogue's
					Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute", "vmfs-2"), on(vc, "OpenStack/web", same.of), travelled(vc, 1, 3),
						off,
						on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
							return differ(map[string]any{"memory": vm.Config.Hardware.MemoryMB}, map[string]any{"memory": int32(4096)})
						}))},
			},
		})
	})
}

// TestAccInstanceMovesAndResizes: a running instance is moved first, then shut down for its resize and started in the new zone.
func TestAccInstanceMovesAndResizes(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc := acctest.Start(t, how.On(vcsim.Options{Clusters: 2}))
		same, recorder := &identity{}, &protocol.Recorder{}
		config := func(flavor, zone string) string {
			return vc.Config(twoZones, flavors+`
resource "novasphere_compute_instance" "it" {
  name                 = "web"
  flavor_name          = "`+flavor+`"
  image_name           = "debian-12"
  allow_live_migration = true
  availability_zone    = "`+zone+`"
  depends_on           = [novasphere_compute_flavor.all]
  network { name = "public" }
}`)
		}
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			Steps: []resource.TestStep{
				{Config: vc.Config(twoZones, flavors)},
				{Config: config("m1.small", "az1"), Check: on(vc, "OpenStack/web", same.of)},
				{PreConfig: func() { recorder.Reset(); vc.ResetCalls() }, Config: config("m1.large", "az2"), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(
						on(vc, "OpenStack/web", same.of), on(vc, "OpenStack/web", sized(4, 4096, 40)), placedIn(vc, "compute-2", "vmfs-2"),
						cycle(vc, recorder, 1), heard(recorder, movedLive), recordedZone(vc, "az2"))},
			},
		})
	})
}

// TestAccInstanceMovesWithoutDRS: without DRS the provider chooses the host.
func TestAccInstanceMovesWithoutDRS(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2, NoDRS: true})
	same := &journey{}
	zone := func(name string) string { return web(vc, twoZones, mayMove+"availability_zone = \""+name+"\"") }
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: zone("az1"), Check: on(vc, "OpenStack/web", same.of)},
			{Config: zone("az2"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it,
				updated)}},
				Check: resource.ComposeAggregateTestCheckFunc(on(vc, "OpenStack/web", same.of), placedIn(vc, "compute-2", "vmfs-2"))},
		},
	})
}
