// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccMovedFromVSphere: a VM and a portgroup of the vSphere provider are found by their ids in each version of its states, and read as
// after an import.
func TestAccMovedFromVSphere(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"2.16.1", "1.0.0", "0.4.2"} {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			movedFromVSphere(t, release)
		})
	}
}

func movedFromVSphere(t *testing.T, release string) {
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 1})
	past := slices.Concat(acctest.ReadPast(t, "../networking/testdata/moved/vsphere-2.16.1"),
		acctest.ReadPast(t, "../compute/testdata/moved/vsphere-"+release))
	vm, group := vc.VM("foreign-00001"), vc.AddPortgroup("web", 30)
	for _, p := range past {
		switch p.Type {
		case "vsphere_virtual_machine":
			if p.Attributes["uuid"] = vm.Config.Uuid; p.Schema > 1 { // before, the id was the path
				p.Attributes["id"] = vm.Config.Uuid
			}
			if p.Attributes["moid"] != nil {
				p.Attributes["moid"] = vm.Self.Value
			}
		default:
			p.Attributes["id"], p.Attributes["key"] = group, vc.Portgroup("web").Key
		}
	}
	const config = `resource "novasphere_compute_instance" "web" {
  name        = "foreign-00001"
  image_name  = "debian-12"
  power_state = "shutoff"
}
resource "novasphere_networking_network" "web" {
  name = "web"
  segments { segmentation_id = 30 }
}
`
	const moves = `moved {
  from = vsphere_virtual_machine.web
  to   = novasphere_compute_instance.web
}
moved {
  from = vsphere_distributed_port_group.web
  to   = novasphere_networking_network.web
}
`
	ws := vc.NewWorkspace(t, vc.Wire(t), config+moves)
	ws.Inherit(past)
	vc.ResetCalls()
	if out := ws.Must("plan", "-no-color"); !strings.Contains(out, "Plan: 0 to add, 0 to change, 0 to destroy.") ||
		strings.Count(out, " has moved to ") != 2 {
		t.Fatalf("the plan does more than move:\n%s", out)
	}
	ws.Apply()
	ws.Configure(config)
	ws.PlanIsEmpty()
	if changes := acctest.Changes(vc.Calls()); len(changes) > 0 {
		t.Errorf("the move has changed the vCenter: %v", changes)
	}
	if is := ws.State("novasphere_compute_instance", "web")["id"]; is != vm.Config.InstanceUuid {
		t.Errorf("the instance's id is %v, not the VM's instance UUID %s", is, vm.Config.InstanceUuid)
	}
	if is := ws.State("novasphere_networking_network", "web")["id"]; is != group {
		t.Errorf("the network's id is %v, not %s", is, group)
	}
	ws.Configure("")
	ws.Apply()
	if err := vc.NoNetwork("web"); err == nil {
		t.Error("the portgroup was not ours, and is gone")
	}
}

// TestAccMovedPortgroupKeepsItsPolicies: a portgroup can carry several VLANs and allow forged transmits alone, which a network cannot
// express: a change to something else leaves both.
func TestAccMovedPortgroupKeepsItsPolicies(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	past := acctest.ReadPast(t, "../networking/testdata/moved/vsphere-2.16.1")
	past[0].Attributes["id"] = vc.AddPortgroup("web", 30)
	yes, no := &types.BoolPolicy{Value: types.NewBool(true)}, &types.BoolPolicy{Value: types.NewBool(false)}
	group := vc.Portgroup("web")
	task, err := object.NewDistributedVirtualPortgroup(vc.Client().Client, group.Self).Reconfigure(t.Context(),
		types.DVPortgroupConfigSpec{ConfigVersion: group.Config.ConfigVersion,
			DefaultPortConfig: &types.VMwareDVSPortSetting{
				Vlan:           &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{VlanId: []types.NumericRange{{Start: 100, End: 110}}},
				SecurityPolicy: &types.DVSSecurityPolicy{AllowPromiscuous: no, MacChanges: no, ForgedTransmits: yes}}})
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	before := vc.Portgroup("web").Config.DefaultPortConfig
	const config = "resource \"novasphere_networking_network\" \"web\" {\n  name = \"web\"\n  transparent_vlan = true\n  " +
		"port_security_enabled = false\n}\n"
	ws := vc.NewWorkspace(t, vc.Wire(t), config+"moved {\n  from = vsphere_distributed_port_group.web\n  to   = "+
		"novasphere_networking_network.web\n}\n")
	ws.Inherit(past)
	ws.Apply()
	ws.Configure(strings.Replace(config, "{\n", "{\n  description = \"ours\"\n", 1))
	if out := ws.Apply(); !strings.Contains(out, "Resources: 0 added, 1 changed, 0 destroyed.") {
		t.Errorf("the description is not changed in place:\n%s", out)
	}
	ws.PlanIsEmpty()
	if after := vc.Portgroup("web").Config; after.Description != "ours" || !reflect.DeepEqual(after.DefaultPortConfig, before) {
		t.Errorf("the description is %q, and the setting %+v, not %+v", after.Description, after.DefaultPortConfig, before)
	}
}
