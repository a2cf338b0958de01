package compute_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

// journey is a check that an instance travels with all it has: its identity, its NICs with addresses and ports, and what its guest reports.
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

// travelled asserts how often the vCenter was asked to move, change, start and stop machines.
func travelled(vc *acctest.VCenter, moves, changes int) resource.TestCheckFunc {
	return acctest.Check(func() error {
		calls := vc.Calls()
		if vc.Advanced() == vcsim.AllRefused && changes > 0 { // each goes into the catalogue too
			changes = calls["ReconfigVM_Task"]
		}
		return differ(map[string]any{"moves": calls["RelocateVM_Task"], "changes": calls["ReconfigVM_Task"], "stops": calls["PowerOffVM_Task"] +
			calls["ShutdownGuest"], "starts": calls["PowerOnVM_Task"]},
			map[string]any{"moves": moves, "changes": changes, "stops": 0, "starts": 0})
	})
}

// heard asserts a warning of the plan.
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

// web is an instance in a configuration with zones.
func web(vc *acctest.VCenter, zones, arguments string) string {
	return vc.Config(zones, plain("name = \"web\"\n  "+arguments+onPublic))
}

// TestAccInstanceMovesLive: to another zone and back, with its disks where they must go along, in one call and without a power cycle.
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
				// which the zone may use too
				{PreConfig: fresh, Config: zone("az1"), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute", "vmfs-2"),
						on(vc, "OpenStack/web", same.of), travelled(vc, 1, 1), heard(recorder, movedLive), is(it, "availability_zone", "az1"), hostIn(vc),
						recordedZone(vc, "az1"))},
				{PreConfig: fresh, Config: web(vc, twoZones, mayMove), ConfigPlanChecks: action(it, nothing)},
			},
		})
	})
}

// hostIn asserts that the state shows the host that the instance is on, and its compute node.
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

// recordedZone asserts what the machine's record says.
func recordedZone(vc *acctest.VCenter, zone string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		if record := vc.Parameters(vm)["novasphere.server"]; !strings.Contains(record, fmt.Sprintf(`"zone":%q`, zone)) {
			return fmt.Errorf("the record says no zone %q: %s", zone, record)
		}
		return nil
	})
}

// TestAccInstanceMovesBound: a zone's host is another host's zone, or none's, without another instance: the rule goes along.
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

// TestAccInstanceOfAGroupStays: a member of a server group is refused another cluster by the plan, and moves within its own.
func TestAccInstanceOfAGroupStays(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	same := &identity{}
	zone := func(name string) string {
		return serverGroup("soft-affinity", "") + web(vc, looseZones, mayMove+
			"scheduler_hints { group = novasphere_compute_servergroup.g.id }\n  availability_zone = \""+name+"\"")
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: zone("az1"), Check: on(vc, "OpenStack/web", same.of)},
			{Config: zone("az2"), ExpectError: says("web cannot be moved to az2 (cluster compute-2): it is a member of the server group")},
			{Config: zone("az1:esx-3"), ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeAggregateTestCheckFunc(boundTo(vc, "esx-3"), on(vc, "OpenStack/web", same.of))},
		},
	})
}

// TestAccInstanceMovesCold: an instance that is off moves without being started; a resize goes along with a move.
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
					// two of them are the catalogue's
					Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute", "vmfs-2"), on(vc, "OpenStack/web", same.of), travelled(vc, 1, 3),
						off,
						on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
							return differ(map[string]any{"memory": vm.Config.Hardware.MemoryMB}, map[string]any{"memory": int32(4096)})
						}))},
			},
		})
	})
}

// TestAccInstanceMovesAndResizes: a running instance moves first, then is shut down for its resize and started again in the new zone.
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

// TestAccInstanceIsNotMoved: without the flag another zone is another instance, and a move that cannot be is refused before anything
// happens.
func TestAccInstanceIsNotMoved(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	same, recorder := &identity{}, &protocol.Recorder{}
	gone := func(names ...string) func() {
		return func() {
			recorder.Reset()
			finder := find.NewFinder(vc.Client().Client)
			dvs, err := finder.Network(t.Context(), "/dc1/network/dvs-1")
			if err != nil {
				t.Fatal(err)
			}
			var members []types.DistributedVirtualSwitchHostMemberConfigSpec
			for _, name := range names {
				host, err := finder.HostSystem(t.Context(), "/dc1/host/compute-2/"+name)
				if err != nil {
					t.Fatal(err)
				}
				members = append(members, types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: "remove", Host: host.Reference()})
			}
			by(t, func(ctx context.Context) (*object.Task, error) {
				return dvs.(*object.DistributedVirtualSwitch).Reconfigure(ctx, &types.DVSConfigSpec{Host: members})
			})
		}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: web(vc, looseZones, `availability_zone = "az2"`), Check: placedIn(vc, "compute-2", "vmfs-1")},
			{PreConfig: recorder.Reset, Config: web(vc, looseZones, `availability_zone = "az1"`), ConfigPlanChecks: action(it, remade),
				Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute", "vmfs-1"), on(vc, "OpenStack/web", same.of),
					heard(recorder, madeAnew), heard(recorder, "another one is made in az1"))},
			{Config: web(vc, looseZones, mayMove+`availability_zone = "az3"`), ExpectError: says(`there is no availability zone "az3"`)},
			{PreConfig: gone("esx-4", "esx-5"), Config: web(vc, looseZones, mayMove+`availability_zone = "az1"`),
				Check: on(vc, "OpenStack/web", same.of)},
			{PreConfig: gone("esx-6"), Config: web(vc, looseZones, mayMove+`availability_zone = "az2"`),
				ExpectError: says("web cannot move to az2 (cluster compute-2): the network public is on the distributed switch dvs-1, of which the " +
					"host esx-4 is no member")},
			{Config: web(vc, looseZones, mayMove), ConfigPlanChecks: action(it, nothing),
				Check: resource.ComposeAggregateTestCheckFunc(placedIn(vc, "compute", "vmfs-1"), on(vc, "OpenStack/web", same.of))},
		},
	})
}

// TestAccInstanceHypervisor: hypervisor_hostname chooses the host at creation and moves the instance to another; DRS makes no difference,
// and the zone follows where none is written.
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

// TestAccInstanceMovedByHand: an instance that somebody moved to another zone's cluster is shown there. With the flag an apply brings it
// back; without it nothing happens to it; and where the configuration follows, or an apply was killed between the move and the record, only
// the record is put right.
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

// TestAccInstanceMovesWithoutDRS: the host is chosen here.
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

// TestAccCallsOfPlansWithZones: where instances are is found out for all of them together, so a plan costs no more calls per instance than
// one without zones, and one more in all: the clusters.
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
		const machines = "RetrievePropertiesEx of VirtualMachine" // how many meet in one read depends on how busy the machine is
		return calls[machines], acctest.Total(calls) - calls[machines]
	}
	readsWithout, without := plan("  cluster = \"compute\"\n", "")
	readsWith, with := plan(looseZones, "availability_zone = count.index % 2 == 0 ? \"az1\" : \"az2\"\n  allow_live_migration = true\n  ")
	if with > without+n/4 { // what a zone is made of is looked at once, for all zones together
		t.Errorf("a plan of %d instances costs %d calls with zones beside reading them, and %d without", n, with, without)
	}
	if most := n / 2; max(readsWith, readsWithout) > most {
		t.Errorf("%d instances are read in %d calls with zones and %d without, and %d is the most", n, readsWith, readsWithout, most)
	}
}

// TestAccInstanceCannotMove: a config drive stays behind on its datastore, and encrypted memory does not travel; both are said at plan, and
// one that is shut off goes.
func TestAccInstanceCannotMove(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	config := func(zones, zone, specs, more string) string {
		return strings.Replace(web(vc, zones, mayMove+more+"\n  availability_zone = \""+zone+"\""), "disk  = 20", "disk  = 20\n  extra_specs = "+
			specs, 1)
	}
	const encrypted, cd = `{ "hw:mem_encryption" = "true", "hw:firmware_type" = "uefi" }`, "config_drive = true"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(twoZones, "az1", "null", cd), Check: placedIn(vc, "compute", "vmfs-1")},
			{Config: config(twoZones, "az2", "null", cd), ExpectError: says("web cannot move to az2 (cluster compute-2): it would need another " +
				"datastore than vmfs-1, and its config drive is an image that storage vMotion leaves behind")},
			{Config: config(looseZones, "az2", "null", cd), ConfigPlanChecks: action(it, updated), Check: placedIn(vc, "compute-2", "vmfs-1")},
			{Config: vc.Config(looseZones, "# nothing")},
			{Config: config(looseZones, "az1", encrypted, ""), Check: placedIn(vc, "compute", "vmfs-1")},
			{Config: config(looseZones, "az2", encrypted, ""), ExpectError: says("web cannot move to az2 (cluster compute-2): its memory is " +
				"encrypted (hw:mem_encryption), and such a machine cannot move while it runs: shut it off first")},
			{Config: config(looseZones, "az1", encrypted, `power_state = "shutoff"`)},
			{Config: config(looseZones, "az2", encrypted, `power_state = "shutoff"`), ConfigPlanChecks: action(it, updated),
				Check: placedIn(vc, "compute-2", "vmfs-1")},
		},
	})
}

// TestInstancePlanOfUnknownNode: where the compute node is known later, so is the zone that follows from it; one that is written stays.
func TestInstancePlanOfUnknownNode(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	for zone, known := range map[string]bool{"": false, "nova": true} {
		arguments := map[string]any{"hypervisor_hostname": tftypes.UnknownValue}
		if zone != "" {
			arguments["availability_zone"] = zone
		}
		said, plan := planned(t, vc, "novasphere_compute_instance", wish(arguments))
		if plan["availability_zone"].IsKnown() != known {
			t.Errorf("the zone %q is planned as %v: %v", zone, plan["availability_zone"], said)
		}
	}
	if said, _ := planned(t, vc, "novasphere_compute_instance", wish(map[string]any{"hypervisor_hostname": "esx-99"})); len(said) == 0 ||
		said[0].Attribute != "hypervisor_hostname" {
		t.Errorf("a host that is not there: %v", said)
	}
}
