// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// snapshot returns the configuration of an operation on the snapshot "before".
func snapshot(operation string, more ...any) map[string]any {
	out := map[string]any{"operation": operation, "name": "before"}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

// tree tells web's snapshots: their names, and how they were taken.
func (s *scene) tree() string {
	vm := s.vm()
	if vm.Snapshot == nil {
		return ""
	}
	var tell func(all []types.VirtualMachineSnapshotTree) string
	tell = func(all []types.VirtualMachineSnapshotTree) (out string) {
		for _, one := range all {
			out += fmt.Sprintf("%s (%s, %s, quiesced: %t) ", one.Name, one.Description, one.State, one.Quiesced) + tell(one.ChildSnapshotList)
		}
		return out
	}
	return strings.TrimSpace(tell(vm.Snapshot.RootSnapshotList))
}

// TestSnapshot: one is taken once, without a stop, as Nova takes one; a revert brings back what the record said, and the next apply what
// the configuration says; one that is gone is gone.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, map[string]any{"metadata": map[string]any{"release": "1"}})
	s.vc.ResetCalls()
	out := s.invoke("snapshot", snapshot("create", "description", "a release"))
	t.Logf("a snapshot: %q, calls %v", out.Progress, s.vc.Calls())
	if said := s.invokeAny(snapshot("create")).Said; !strings.Contains(fmt.Sprint(said), "none is taken now") {
		t.Errorf("the second says %v", said)
	}
	if tree := s.tree(); tree != "before (a release, poweredOff, quiesced: true)" || s.stops() != 0 {
		t.Errorf("the snapshots are %q, and it was stopped %d times", tree, s.stops())
	}
	s.quiet()
	s.wanted["metadata"] = map[string]any{"release": "2"}
	s.web = s.p.Bring(kindOfInstance, s.wanted, s.next(nil).Prior)
	s.refused("snapshot", map[string]any{"operation": "revert", "name": "after"}, "name", `it has "before"`)
	s.invoke("snapshot", snapshot("revert"))
	plan := s.next(nil)
	back := plan.Prior.Text("power_state") == "shutoff" && strings.Contains(fmt.Sprint(plan.Prior.State), `"1"`)
	if plan.Action != protocol.Update || !back {
		t.Errorf("the next plan shows %s of %s: %v", plan.Action, plan.Prior.State, plan.Diagnostics)
	}
	s.web = s.p.Bring(kindOfInstance, s.wanted, plan.Prior)
	s.quiet()
	s.vc.ResetCalls()
	s.invoke("snapshot", snapshot("delete"))
	s.invoke("snapshot", snapshot("delete"))
	if tree := s.tree(); tree != "" || s.vc.Calls()["RemoveSnapshot_Task"] != 1 || s.stops() != 0 {
		t.Errorf("left is %q, calls %v", tree, s.vc.Calls())
	}
	s.quiet()
}

// invokeAny invokes the action on snapshots, which may have nothing to do.
func (s *scene) invokeAny(config map[string]any) protocol.Invoked {
	s.t.Helper()
	out := s.p.Invoke("novasphere_compute_instance_snapshot", s.config(config))
	if len(protocol.Errors(out.Said)) > 0 || !out.Ended {
		s.t.Fatal(out.Said)
	}
	return out
}

// TestSnapshotForbidsGrowth: with a snapshot a flavor with a larger disk is refused, at plan and at the apply of a plan of before, and no
// guest is stopped for it.
func TestSnapshotForbidsGrowth(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	large := map[string]any{"flavor_name": "a.large"}
	before := s.next(large)
	if before.Action != protocol.Update {
		t.Fatalf("without a snapshot it is a %s: %v", before.Action, before.Diagnostics)
	}
	s.invoke("snapshot", snapshot("create"))
	refusal(t, s.next(large).Diagnostics, "flavor_name", "no disk under a snapshot can")
	s.vc.ResetCalls()
	if _, said := s.p.Apply(before); !strings.Contains(fmt.Sprint(protocol.Errors(said)), "has snapshots") {
		t.Errorf("it says %v", said)
	}
	if s.stops() != 0 {
		t.Error("the guest was stopped")
	}
	s.invoke("snapshot", snapshot("delete"))
	if plan := s.next(large); plan.Action != protocol.Update {
		t.Errorf("afterwards it is a %s: %v", plan.Action, plan.Diagnostics)
	}
}

// TestSnapshotWithMemory: after a revert to it the guest runs.
func TestSnapshotWithMemory(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	s.invoke("snapshot", snapshot("create", "memory", true))
	if tree := s.tree(); tree != "before (, poweredOn, quiesced: false)" {
		t.Errorf("the snapshots are %q", tree)
	}
	s.act(func(ctx context.Context, vm *object.VirtualMachine) (*object.Task, error) { return vm.PowerOff(ctx) })
	s.invoke("snapshot", snapshot("revert"))
	if state := s.vm().Runtime.PowerState; state != types.VirtualMachinePowerStatePoweredOn {
		t.Errorf("it is %s", state)
	}
	s.quiet()
}

// TestSnapshotOfVolumes: a snapshot that holds a volume warns of it, and sets it back only where that is written.
func TestSnapshotOfVolumes(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	s.vc.MakeDisk("data", 1<<10)
	disk := s.vc.Disk("data")
	s.vc.AttachDisk(s.vm().Self, disk)
	if said := s.invoke("snapshot", snapshot("create")).Said; !strings.Contains(fmt.Sprint(said), disk.ID()) {
		t.Errorf("it says %v", said)
	}
	s.refused("snapshot", snapshot("revert"), "revert_volumes", disk.ID())
	s.invoke("snapshot", snapshot("revert", "revert_volumes", true))
	if ids := s.vc.Attached(s.vm()); len(ids) != 1 || ids[0] != disk.ID() {
		t.Errorf("attached are %v", ids)
	}
	s.invoke("snapshot", snapshot("delete"))
}

// TestSnapshotRefused: what is wrong is refused where it is written, and no revert loses a disk or brings back a NIC.
func TestSnapshotRefused(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	for attribute, config := range map[string]map[string]any{
		"memory":          snapshot("revert", "memory", true),
		"consolidate":     snapshot("create", "consolidate", false),
		"revert_volumes":  snapshot("delete", "revert_volumes", true),
		"quiesce":         snapshot("create", "memory", true, "quiesce", true),
		"operation":       snapshot("rename"),
		"remove_children": snapshot("revert", "remove_children", true),
	} {
		refusal(t, s.p.PlanAction("novasphere_compute_instance_snapshot", s.config(config)), attribute, "")
	}
	s.invoke("snapshot", snapshot("create"))
	again := func(ctx context.Context, vm *object.VirtualMachine) (*object.Task, error) {
		return vm.CreateSnapshot(ctx, "twin", "", false, false)
	}
	s.act(again)
	s.act(again)
	for _, operation := range []string{"create", "revert", "delete"} {
		s.refused("snapshot", map[string]any{"operation": operation, "name": "twin"}, "name", "2 snapshots of web")
	}
	s.reconfigure(&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd,
		FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate,
		Device: &types.VirtualDisk{CapacityInKB: 1 << 20, VirtualDevice: types.VirtualDevice{Key: -1, ControllerKey: s.controller(),
			UnitNumber: types.NewInt32(5), Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent",
				ThinProvisioned: types.NewBool(true)}}}})
	s.refused("snapshot", snapshot("revert"), "", "would be left without a machine")
}

// TestSnapshotOfAGoneNIC: no revert brings back a NIC whose port may be another's.
func TestSnapshotOfAGoneNIC(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	s.invoke("snapshot", snapshot("create"))
	for _, device := range s.vm().Config.Hardware.Device {
		if _, is := device.(types.BaseVirtualEthernetCard); is {
			s.reconfigure(&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: device})
		}
	}
	s.refused("snapshot", snapshot("revert"), "", "which it has no more")
}

// reconfigure changes a device of web behind the provider's back.
func (s *scene) reconfigure(change types.BaseVirtualDeviceConfigSpec) {
	s.t.Helper()
	s.act(func(ctx context.Context, vm *object.VirtualMachine) (*object.Task, error) {
		return vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{change}})
	})
}

// controller returns the key of the controller of web's disk.
func (s *scene) controller() int32 {
	for _, device := range s.vm().Config.Hardware.Device {
		if disk, is := device.(*types.VirtualDisk); is {
			return disk.ControllerKey
		}
	}
	return 0
}

// TestSnapshotKilled: one whose creation was killed is not taken twice; a revert and a deletion that were killed are done.
func TestSnapshotKilled(t *testing.T) {
	t.Parallel()
	eachKill(t, []kill{{"CreateSnapshot_Task", 1}, {"RevertToSnapshot_Task", 1}, {"RemoveSnapshot_Task", 1}},
		func(t *testing.T, at kill, sent bool) {
			s := sceneOf(t, nil)
			operation := map[string]string{"CreateSnapshot_Task": "create", "RevertToSnapshot_Task": "revert",
				"RemoveSnapshot_Task": "delete"}[at.call]
			if operation != "create" {
				s.invoke("snapshot", snapshot("create"))
			}
			out := s.dying(at.call, at.nth, sent).Invoke("novasphere_compute_instance_snapshot", s.config(snapshot(operation)))
			if len(protocol.Errors(out.Said)) == 0 {
				t.Fatal("it was not killed")
			}
			s.invokeAny(snapshot(operation))
			want := 1
			if operation == "delete" {
				want = 0
			}
			if tree := s.tree(); strings.Count(tree, "before") != want {
				t.Errorf("the snapshots are %q", tree)
			}
		})
}
