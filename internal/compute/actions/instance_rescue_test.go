// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// novaImage is the image of the recordings.
const novaImage = "b0000000-0000-4000-8000-000000000001"

// rescueFacts is what a machine starts from: its disks with their places and the ends of their files, which come first, and whether it
// runs.
func rescueFacts(vm mo.VirtualMachine) string {
	var out strings.Builder
	names := map[int32]string{}
	for _, device := range vm.Config.Hardware.Device {
		disk, ok := device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		backing := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		kind := object.VirtualDeviceList(vm.Config.Hardware.Device).FindByKey(disk.ControllerKey)
		names[disk.Key] = "its own"
		if strings.HasSuffix(backing.FileName, "-rescue.vmdk") {
			names[disk.Key] = path.Base(backing.FileName)
		}
		fmt.Fprintf(&out, "%s on %T unit %d %s; ", names[disk.Key], kind, *disk.UnitNumber, backing.DiskMode)
		if c := disk.Connectable; c != nil {
			fmt.Fprintf(&out, "%t %t %t; ", c.StartConnected, c.Connected, c.AllowGuestControl)
		}
	}
	if boot := vm.Config.BootOptions; boot != nil {
		for _, entry := range boot.BootOrder {
			if disk, ok := entry.(*types.VirtualMachineBootOptionsBootableDiskDevice); ok {
				fmt.Fprintf(&out, "first %s; ", names[disk.DeviceKey])
			}
		}
	}
	return out.String() + string(vm.Runtime.PowerState)
}

// rescueFiles are the files of disks that machines were rescued with.
func (s *scene) rescueFiles() (out []string) {
	for _, store := range []string{"[vmfs-1]", "[vmfs-2]"} {
		for _, file := range s.vc.Files(store) {
			if strings.Contains(file, "-rescue") {
				out = append(out, file)
			}
		}
	}
	return out
}

// isRescued fails the test unless web runs from the one copy of an image.
func (s *scene) isRescued(image string) {
	s.t.Helper()
	facts := rescueFacts(s.vm())
	if strings.Count(facts, " unit ") != 2 || !strings.HasSuffix(facts, "first "+image+"-rescue.vmdk; poweredOn") {
		s.t.Errorf("it is not rescued: %s", facts)
	}
	if files := s.rescueFiles(); !slices.ContainsFunc(files, func(f string) bool { return strings.HasSuffix(f, image+"-rescue.vmdk") }) {
		s.t.Errorf("the files are %v", files)
	}
}

// isWhole fails the test unless web runs from its own disk, and nothing of a rescue is left.
func (s *scene) isWhole() {
	s.t.Helper()
	facts, files := rescueFacts(s.vm()), s.rescueFiles()
	if strings.Count(facts, " unit ") != 1 || strings.Contains(facts, "first") || !strings.HasSuffix(facts, "poweredOn") || len(files) > 0 {
		s.t.Errorf("something of the rescue is left: %s, %v", facts, files)
	}
}

// TestRescue: an instance starts from another image's disk, is shown as before and not changed meanwhile, and starts from its own again.
// What is there already is not done again.
func TestRescue(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	ubuntu := s.vc.VM("images/ubuntu-24.04").Config.InstanceUuid
	later := s.next(map[string]any{"metadata": map[string]any{"a": "b"}})
	s.vc.ResetCalls()
	out := s.invoke("rescue", map[string]any{"rescue_image_id": ubuntu})
	t.Logf("a rescue: %q, calls %v", out.Progress, s.vc.Calls())
	if calls := s.vc.Calls(); s.stops() != 1 || calls["CopyVirtualDisk_Task"] != 1 || calls["PowerOnVM_Task"] != 1 {
		t.Errorf("the calls are %v", calls)
	}
	s.isRescued(ubuntu)
	if plan := s.next(nil); plan.Action != protocol.Nothing || !strings.Contains(fmt.Sprint(plan.Diagnostics), "web is rescued") {
		t.Errorf("the next plan shows %s and says %v", plan.Action, plan.Diagnostics)
	}
	refusal(t, s.next(map[string]any{"metadata": map[string]any{"a": "b"}}).Diagnostics, "", "compute_instance_unrescue")
	s.vc.ResetCalls()
	if _, said := s.p.Apply(later); !strings.Contains(fmt.Sprint(protocol.Errors(said)), "is rescued") {
		t.Errorf("a plan of before is applied: %v", said)
	}
	s.refused("snapshot", map[string]any{"operation": "create", "name": "a"}, "instance_id", "is rescued")
	s.refused("shelve", nil, "instance_id", "is rescued")
	s.refused("rescue", map[string]any{"rescue_image_id": s.vc.VM("images/debian-12").Config.InstanceUuid}, "rescue_image_id", "already")
	s.invoke("rescue", nil)
	if s.isRescued(ubuntu); s.stops() != 0 {
		t.Errorf("it was stopped again: %v", s.vc.Calls())
	}
	s.vc.ResetCalls()
	out = s.invoke("unrescue", nil)
	t.Logf("its end: %q, calls %v", out.Progress, s.vc.Calls())
	if s.isWhole(); s.stops() != 1 {
		t.Errorf("the calls are %v", s.vc.Calls())
	}
	s.quiet()
	s.vc.ResetCalls()
	s.invoke("unrescue", nil)
	if s.isWhole(); s.stops() != 0 || s.vc.Calls()["ReconfigVM_Task"] != 0 {
		t.Errorf("it is done again: %v", s.vc.Calls())
	}
	s.p.Destroy(s.web)
}

// TestRescueOfOneThatIsOff: it is rescued with its own image, runs, is shown as off, and runs afterwards, as in Nova.
func TestRescueOfOneThatIsOff(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, map[string]any{"power_state": "shutoff"})
	s.vc.ResetCalls()
	s.invoke("rescue", nil)
	if s.isRescued(s.vc.VM("images/debian-12").Config.InstanceUuid); s.stops() != 0 {
		t.Errorf("it was stopped: %v", s.vc.Calls())
	}
	if plan := s.next(nil); plan.Action != protocol.Nothing {
		t.Errorf("the next plan shows %s: %v", plan.Action, plan.Diagnostics)
	}
	s.invoke("unrescue", nil)
	s.isWhole()
	if plan := s.next(nil); plan.Action != protocol.Update || plan.Text("power_state") != "shutoff" {
		t.Errorf("the next plan shows %s: %v", plan.Action, plan.Diagnostics)
	}
}

// TestRescuedIsDestroyed: with a rescued instance goes its copy of the image.
func TestRescuedIsDestroyed(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	s.invoke("rescue", nil)
	s.p.Destroy(s.web)
	if files, left := s.rescueFiles(), s.vc.VMs("OpenStack/*"); len(files) > 0 || len(left) > 0 {
		t.Errorf("left are %v and %d machines", files, len(left))
	}
}

// TestRescueKilled: a rescue, or its end, that is killed at any of its calls is gone on with by the next, with one copy and one stop.
func TestRescueKilled(t *testing.T) {
	t.Parallel()
	eachKill(t, []kill{{"CopyVirtualDisk_Task", 1}, {"ShutdownGuest", 1}, {"ReconfigVM_Task", 1}, {"ReconfigVM_Task", 2},
		{"PowerOnVM_Task", 1}}, func(t *testing.T, at kill, sent bool) {
		s := sceneOf(t, nil)
		s.vc.ResetCalls()
		s.killed("rescue", at, sent)
		if s.isRescued(s.vc.VM("images/debian-12").Config.InstanceUuid); s.stops() != 1 {
			t.Errorf("it was stopped %d times", s.stops())
		}
	})
	eachKill(t, []kill{{"ShutdownGuest", 1}, {"ReconfigVM_Task", 1}, {"PowerOnVM_Task", 1}}, func(t *testing.T, at kill, sent bool) {
		s := sceneOf(t, nil)
		s.invoke("rescue", nil)
		s.vc.ResetCalls()
		s.killed("unrescue", at, sent)
		if s.isWhole(); s.stops() != 1 {
			t.Errorf("it was stopped %d times", s.stops())
		}
		s.quiet()
	})
}

// TestRescueRefused: what cannot be rescued is refused at plan, and stays as it is.
func TestRescueRefused(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	s.vc.Make("foreign", types.VirtualMachineConfigSpec{Name: "theirs", GuestId: "otherGuest", NumCPUs: 1, MemoryMB: 128})
	theirs := s.vc.VM("foreign/theirs").Config.InstanceUuid
	s.vc.ResetCalls()
	for _, action := range []string{"rescue", "unrescue", "shelve", "unshelve"} {
		s.refused(action, map[string]any{"instance_id": theirs}, "instance_id", "is no instance")
		s.refused(action, map[string]any{"instance_id": "6f1e4a52-0000-4000-8000-000000000000"}, "instance_id", "no VM has")
	}
	s.refused("snapshot", map[string]any{"instance_id": theirs, "operation": "create", "name": "a"}, "instance_id", "is no instance")
	s.refused("unrescue", nil, "instance_id", "is not rescued")
	refusal(t, s.p.PlanAction("novasphere_compute_instance_rescue", s.config(map[string]any{"rescue_image_id": theirs})),
		"rescue_image_id", "")
	refusal(t, s.p.PlanAction("novasphere_compute_instance_shelve", map[string]any{"instance_id": theirs}), "instance_id", "is no instance")
	if calls := s.vc.Calls(); s.stops()+calls["ReconfigVM_Task"]+calls["CopyVirtualDisk_Task"] > 0 {
		t.Errorf("something was changed: %v", calls)
	}
	s.quiet()
}

// TestRescueGivenUp: where the vCenter refuses the disk, the copy goes, and the guest that was stopped runs again.
func TestRescueGivenUp(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	wire := s.vc.Between(t, refusing("ReconfigVM_Task"))
	p := s.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	out := p.Invoke("novasphere_compute_instance_rescue", s.config(nil))
	if len(protocol.Errors(out.Said)) == 0 {
		t.Fatal("it was not refused")
	}
	s.isWhole()
	s.quiet()
}

// TestRescueAsNova: a machine of Nova's that is rescued here is what Nova's own rescue makes of it, and a rescue of Nova's is ended.
func TestRescueAsNova(t *testing.T) {
	t.Parallel()
	var recording recordings.Recording
	for _, r := range recordings.Condensed(t) {
		if strings.HasPrefix(r.Name, "167-") {
			recording = r
		}
	}
	facts := map[int]string{}
	for _, steps := range []int{1, 2} { // made, and made and rescued, by Nova
		vc := acctest.Start(t, vcsim.Options{})
		imageOfNova(t, vc)
		made, err := vc.Replayer(t).Replay(recording, steps)
		if err != nil {
			t.Fatal(err)
		}
		s := &scene{t: t, vc: vc, id: made[0].ID}
		var sent func() []string
		s.p, sent = s.watched("PowerOffVM_Task", "ReconfigVM_Task", "PowerOnVM_Task")
		if steps == 1 {
			s.invoke("rescue", nil)
			asNova(t, recording.Steps[1], sent())
		}
		facts[steps] = rescueFacts(vc.VM(made[0].Path))
		s.invoke("unrescue", nil)
		asNova(t, recording.Steps[2], sent())
		if after := rescueFacts(vc.VM(made[0].Path)); strings.Contains(after, "rescue") || len(s.rescueFiles()) > 0 {
			t.Errorf("afterwards there is %s, and %v", after, s.rescueFiles())
		}
	}
	if facts[1] != facts[2] || !strings.Contains(facts[2], "first "+novaImage) {
		t.Errorf("rescued here it has\n%s\nrescued by Nova\n%s", facts[1], facts[2])
	}
}

// asNova fails the test unless the calls about a machine are Nova's, in Nova's order. The copy of the disk, which no recording here has,
// comes before them.
func asNova(t *testing.T, step recordings.Step, sent []string) {
	t.Helper()
	var want []string
	for _, call := range step.Calls {
		want = append(want, call.Method)
	}
	if !slices.Equal(sent, want) {
		t.Errorf("%s: sent was %v, and by Nova %v", step.Op, sent, want)
	}
}

// TestRescueInterrupted: a rescue that is interrupted once its guest was told to stop is finished.
func TestRescueInterrupted(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, nil)
	s.vc.ResetCalls()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	s.p.InvokeWithin(ctx, "novasphere_compute_instance_rescue", s.config(nil), func(line string) {
		if strings.Contains(line, "shut off") {
			interrupt()
		}
	})
	for !strings.HasSuffix(rescueFacts(s.vm()), "-rescue.vmdk; poweredOn") {
		if t.Context().Err() != nil {
			t.Fatal("it does not come to its end")
		}
	}
	if s.isRescued(s.vc.VM("images/debian-12").Config.InstanceUuid); s.stops() != 1 {
		t.Errorf("it was stopped %d times", s.stops())
	}
	s.invoke("unrescue", nil)
	s.isWhole()
}

// imageOfNova makes a template with the id of the recordings' image.
func imageOfNova(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	finder := find.NewFinder(vc.Client().Client)
	folder, err := finder.Folder(t.Context(), "/dc1/vm/images")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := finder.ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	if err != nil {
		t.Fatal(err)
	}
	lsi := &types.VirtualLsiLogicController{}
	lsi.Key, lsi.SharedBus = -1, types.VirtualSCSISharingNoSharing
	disk := &types.VirtualDisk{CapacityInKB: 1 << 20, VirtualDevice: types.VirtualDevice{Key: -2, ControllerKey: -1,
		UnitNumber: types.NewInt32(0),
		Backing:    &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true)}}}
	task, err := folder.CreateVM(t.Context(), types.VirtualMachineConfigSpec{Name: "of-nova", GuestId: "otherGuest", NumCPUs: 1,
		MemoryMB: 128, InstanceUuid: novaImage, Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{
			&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: lsi},
			&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd,
				FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate, Device: disk}}}, pool, nil)
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	vm := object.NewVirtualMachine(vc.Client().Client, vc.VM("images/of-nova").Self)
	if err := vm.MarkAsTemplate(t.Context()); err != nil {
		t.Fatal(err)
	}
}
