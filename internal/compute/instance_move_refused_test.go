// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccInstanceOfAGroupStays: the plan refuses to move a member of a server group to another cluster; it moves within its own.
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

// TestAccInstanceIsNotMoved: without the flag another zone replaces the instance, and an impossible move is refused before anything
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

// TestAccInstanceCannotMove: a config drive cannot leave its datastore, and encrypted memory cannot be moved; both are reported at plan.
// An instance that is shut off moves.
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

// TestInstancePlanOfUnknownNode: while the compute node is unknown, so is the zone that follows from it; a written zone stays.
func TestInstancePlanOfUnknownNode(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	for zone, known := range map[string]bool{"": false, "nova": true} {
		arguments := map[string]any{"hypervisor_hostname": tftypes.UnknownValue}
		if zone != "" {
			arguments["availability_zone"] = zone
		}
		reported, plan := planned(t, vc, "novasphere_compute_instance", wish(arguments))
		if plan["availability_zone"].IsKnown() != known {
			t.Errorf("the zone %q is planned as %v: %v", zone, plan["availability_zone"], reported)
		}
	}
	if reported, _ := planned(t, vc, "novasphere_compute_instance",
		wish(map[string]any{"hypervisor_hostname": "esx-99"})); len(reported) == 0 ||
		reported[0].Attribute != "hypervisor_hostname" {
		t.Errorf("a host that is not there: %v", reported)
	}
}
