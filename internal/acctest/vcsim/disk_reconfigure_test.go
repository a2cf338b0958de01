// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// adding is a reconfiguration that adds a disk which exists already, on the SCSI controller of a clone.
func (l *diskLab) adding(d *types.VirtualDisk, file string, shared bool) types.VirtualMachineConfigSpec {
	backing := &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModePersistent)}
	backing.FileName = file
	if shared {
		backing.Sharing = string(types.VirtualDiskSharingSharingMultiWriter)
		backing.DiskMode = string(types.VirtualDiskModeIndependent_persistent)
	}
	unit := int32(5)
	d.Key, d.ControllerKey, d.UnitNumber, d.Backing = -1, l.scsi(l.template("debian-12")), &unit, backing
	return types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: d}}}
}

func (l *diskLab) removing(vm *object.VirtualMachine, id string, files types.VirtualDeviceConfigSpecFileOperation) error {
	return l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, FileOperation: files,
			Device: l.attached(vm, id)}}})
}

// TestDiskByReconfiguration: a disk that is added by its file or its id is the machine's as if it had been attached.
func TestDiskByReconfiguration(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, other, id := l.mustClone("a", nil, on), l.mustClone("b", nil), l.mustMake(l.spec("a", 3))
	file := pathOf(l.config(id))
	for name, spec := range map[string]types.VirtualMachineConfigSpec{
		"file": l.adding(&types.VirtualDisk{}, file, false),
		"id":   l.adding(&types.VirtualDisk{VDiskId: &types.ID{Id: id}}, "", false),
	} {
		l.ok(l.reconfigure(vm, spec))
		if d := l.attached(vm, id); d == nil || fileOf(d) != file || d.CapacityInKB != 3<<10 || len(l.consumers(id)) != 1 {
			t.Fatalf("by its %s: %+v", name, d)
		}
		faults(t, l.reconfigure(other, l.adding(&types.VirtualDisk{}, file, false)), &types.FileLocked{})
		faults(t, l.reconfigure(vm, l.adding(&types.VirtualDisk{}, file, false)), &types.FileLocked{})
		faults(t, l.attach(other, id, 0, -1), &types.InvalidState{})
		l.ok(l.removing(vm, id, ""))
		if len(l.consumers(id)) != 0 || l.attached(vm, id) != nil {
			t.Errorf("by its %s: not removed", name)
		}
	}
	faults(t, l.reconfigure(vm, l.adding(&types.VirtualDisk{VDiskId: &types.ID{Id: uuid.NewString()}}, "", false)), &types.InvalidDeviceSpec{})
}

// TestDiskIsRemovedWithItsFile: a disk that outlives its machine outlives this too.
func TestDiskIsRemovedWithItsFile(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	spec := l.spec("goes", 1)
	spec.KeepAfterDeleteVm = types.NewBool(false)
	vm, kept, goes := l.mustClone("a", nil), l.mustMake(l.spec("kept", 1)), l.mustMake(spec)
	file := pathOf(l.config(goes))
	for _, id := range []string{kept, goes} {
		l.ok(l.attach(vm, id, 0, -1))
		l.ok(l.removing(vm, id, types.VirtualDeviceConfigSpecFileOperationDestroy))
	}
	if c := l.config(kept); len(c.ConsumerId) != 0 || !l.exists(pathOf(c)) {
		t.Errorf("kept %+v", c)
	}
	if l.gone(goes); l.exists(file) {
		t.Error("the file is left")
	}
}

// TestDiskHeldByASnapshot: what a snapshot of the machine holds is neither detached nor removed.
func TestDiskHeldByASnapshot(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, id, later := l.mustClone("a", nil), l.mustMake(l.spec("a", 1)), l.mustMake(l.spec("b", 1))
	l.ok(l.attach(vm, id, 0, -1))
	_, err := l.task(vm.CreateSnapshot(l.ctx, "s", "", false, false))
	l.ok(err)
	faults(t, l.detach(vm, id), &types.InvalidDeviceSpec{})
	faults(t, l.removing(vm, id, ""), &types.InvalidDeviceSpec{})
	l.ok(l.attach(vm, later, 0, -1))
	l.ok(l.detach(vm, later)) // which the snapshot does not know
	l.ok(l.done(vm.RemoveAllSnapshot(l.ctx, nil)))
	l.ok(l.detach(vm, id))
}

// TestDiskOfANewMachine: CreateVM_Task takes one that exists, and no other machine gets it.
func TestDiskOfANewMachine(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 1))
	with := func(name string) types.VirtualMachineConfigSpec {
		spec := l.adding(&types.VirtualDisk{VDiskId: &types.ID{Id: id}}, "", false)
		controller := &types.ParaVirtualSCSIController{}
		controller.Key, controller.SharedBus = -9, types.VirtualSCSISharingNoSharing
		spec.DeviceChange[0].GetVirtualDeviceConfigSpec().Device.GetVirtualDevice().ControllerKey = -9
		spec.Name, spec.DeviceChange = name, append([]types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
			Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: controller}}, spec.DeviceChange...)
		return spec
	}
	vm, err := l.create(with("a"))
	l.ok(err)
	if d := l.attached(vm, id); d == nil || len(l.consumers(id)) != 1 {
		t.Errorf("the new machine has %+v", d)
	}
	_, err = l.create(with("b"))
	faults(t, err, &types.FileLocked{})
	l.absent("b")
}
