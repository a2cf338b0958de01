// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// attach attaches a disk of the first datastore; key 0 and unit -1 leave the choice to the vCenter.
func (l *diskLab) attach(vm *object.VirtualMachine, id string, key, unit int32) error {
	req := types.AttachDisk_Task{This: vm.Reference(), DiskId: types.ID{Id: id}, Datastore: l.store.Reference(), ControllerKey: key}
	if unit >= 0 {
		req.UnitNumber = &unit
	}
	res, err := methods.AttachDisk_Task(l.ctx, l.c.Client, &req)
	if err != nil {
		return err
	}
	return l.done(object.NewTask(l.c.Client, res.Returnval), nil)
}

func (l *diskLab) detach(vm *object.VirtualMachine, id string) error {
	res, err := methods.DetachDisk_Task(l.ctx, l.c.Client, &types.DetachDisk_Task{This: vm.Reference(), DiskId: types.ID{Id: id}})
	if err != nil {
		return err
	}
	return l.done(object.NewTask(l.c.Client, res.Returnval), nil)
}

// attached is the device of a machine that is a disk; nil where it has not got it.
func (l *diskLab) attached(vm *object.VirtualMachine, id string) *types.VirtualDisk {
	l.Helper()
	for _, d := range disksOf(l.see(vm, "config.hardware.device")) {
		if d.VDiskId != nil && d.VDiskId.Id == id {
			return d
		}
	}
	return nil
}

// scsi is the key of the first SCSI controller of a machine.
func (l *diskLab) scsi(vm *object.VirtualMachine) int32 {
	l.Helper()
	for _, d := range l.see(vm, "config.hardware.device").Config.Hardware.Device {
		if c, ok := d.(types.BaseVirtualSCSIController); ok {
			return c.GetVirtualSCSIController().Key
		}
	}
	l.Fatal("no SCSI controller")
	return 0
}

// consumers are the machines that the catalogue says have a disk.
func (l *diskLab) consumers(id string) []types.ID {
	l.Helper()
	res, err := methods.RetrieveVStorageObjectAssociations(l.ctx, l.c.Client, &types.RetrieveVStorageObjectAssociations{
		This: l.Reference(), Ids: []types.RetrieveVStorageObjSpec{{Id: types.ID{Id: id}, Datastore: l.store.Reference()}}})
	l.ok(err)
	var associated []types.ID
	for _, a := range res.Returnval[0].VmDiskAssociations {
		associated = append(associated, types.ID{Id: a.VmId})
	}
	consumers := l.config(id).ConsumerId
	if len(consumers) != len(associated) || len(consumers) > 0 && consumers[0] != associated[0] {
		l.Errorf("consumers %v, associations %v", consumers, associated)
	}
	return consumers
}

func TestDiskIsAttached(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, id := l.mustClone("a", nil, on), l.mustMake(l.spec("a", 1024))
	before := l.freeSpace()
	l.ok(l.attach(vm, id, l.scsi(vm), 3))
	d := l.attached(vm, id)
	if d == nil || *d.UnitNumber != 3 || d.CapacityInKB != 1<<20 || fileOf(d) != pathOf(l.config(id)) || d.Key < 2000 ||
		d.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Uuid == "" {
		t.Fatalf("attached %+v", d)
	}
	if c := l.consumers(id); len(c) != 1 || c[0].Id != vm.Reference().Value || l.freeSpace() != before {
		t.Errorf("consumers %v, %d bytes taken", c, before-l.freeSpace())
	}
	faults(t, l.done(l.ObjectManager.Delete(l.ctx, l.store, id)), &types.InvalidState{})
	l.ok(l.detach(vm, id))
	if l.attached(vm, id) != nil || len(l.consumers(id)) != 0 || !l.exists(pathOf(l.config(id))) || l.freeSpace() != before {
		t.Error("it is not detached, or gone")
	}
	faults(t, l.detach(vm, id), &types.NotFound{})
}

func TestDiskThatCannotBeAttached(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, other, id := l.mustClone("a", nil, on), l.mustClone("b", nil), l.mustMake(l.spec("a", 1))
	key := l.scsi(vm)
	faults(t, l.attach(vm, uuid.NewString(), key, 3), &types.NotFound{})
	faults(t, l.attach(vm, id, 9999, 7), &types.InvalidController{})
	faults(t, l.attach(vm, id, key, 7), &types.InvalidArgument{})
	faults(t, l.attach(vm, id, key, 0), &types.InvalidArgument{}) // the root's
	faults(t, l.attach(vm, id, key, 99), &types.InvalidArgument{})
	faults(t, l.attach(vm, id, 200, 0), &types.InvalidPowerState{}) // IDE
	l.ok(l.attach(vm, id, 0, -1))
	faults(t, l.attach(vm, id, key, 4), &types.InvalidState{})
	faults(t, l.attach(other, id, 0, -1), &types.InvalidState{})
	if l.attached(other, id) != nil || len(l.consumers(id)) != 1 {
		t.Error("both have it")
	}
	u := diskLabOf(t, Options{Disks: DiskKnobs{AttachedInUse: true}})
	vm, id = u.mustClone("a", nil), u.mustMake(u.spec("a", 1))
	u.ok(u.attach(vm, id, 0, -1))
	faults(t, u.attach(vm, id, 0, -1), &types.ResourceInUse{})
}

// TestDiskNeedsAController: without a key the one controller with room is taken, and with several the caller must say which.
func TestDiskNeedsAController(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 1))
	bare, err := l.create(types.VirtualMachineConfigSpec{Name: "bare"})
	l.ok(err)
	faults(t, l.attach(bare, id, 0, -1), &types.MissingController{})
	vm := l.mustClone("a", nil)
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: "add",
			Device: &types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
				SharedBus: types.VirtualSCSISharingNoSharing, VirtualController: types.VirtualController{BusNumber: 1,
					VirtualDevice: types.VirtualDevice{Key: -7}}}}}}}))
	faults(t, l.attach(vm, id, 0, -1), &types.InvalidArgument{})
	l.ok(l.attach(vm, id, l.scsi(vm), -1))
}

// TestDiskInADestroyedMachine: a disk outlives its machine if it is told to, wherever its file lies.
func TestDiskInADestroyedMachine(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, kept := l.mustClone("a", nil), l.mustMake(l.spec("kept", 1))
	inside := l.spec("inside", 1)
	inside.BackingSpec.(*types.VslmCreateSpecDiskFileBackingSpec).Path = "a/data.vmdk"
	spec := l.spec("goes", 1)
	spec.KeepAfterDeleteVm = types.NewBool(false)
	within, goes := l.mustMake(inside), l.mustMake(spec)
	l.write(pathOf(l.config(kept)), 0, "kept")
	file := pathOf(l.config(goes))
	snapshot := strings.TrimSuffix(file, ".vmdk") + "-" + l.snapshot(goes, "goes too") + ".vmdk"
	if !l.exists(snapshot) {
		t.Errorf("no file %s", snapshot)
	}
	for _, id := range []string{kept, within, goes} {
		l.ok(l.attach(vm, id, 0, -1))
	}
	before := l.freeSpace()
	_, err := l.task(vm.Destroy(l.ctx))
	l.ok(err)
	if c := l.config(kept); len(c.ConsumerId) != 0 || l.content(pathOf(c))[:4] != "kept" {
		t.Errorf("kept %+v", c)
	}
	if c := l.config(within); len(c.ConsumerId) != 0 || !l.exists("[vmfs-1] a/data.vmdk") {
		t.Errorf("in the machine's folder: %+v", c)
	}
	if l.gone(goes); l.exists(file) || l.exists(snapshot) {
		t.Error("the file of one that goes with its machine is left")
	}
	if got := l.freeSpace() - before; got != 2<<30 {
		t.Errorf("%d bytes are free again", got)
	}
	if n := l.v.DiskDeletes(); len(n) != 0 {
		t.Errorf("deleted %v", n)
	}
}

func TestDiskDeletesAreCounted(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 1))
	file := pathOf(l.config(id))
	l.ok(l.done(l.ObjectManager.Delete(l.ctx, l.store, id)))
	faults(t, l.done(l.ObjectManager.Delete(l.ctx, l.store, id)), &types.NotFound{})
	faults(t, l.done(l.ObjectManager.Delete(l.ctx, l.store, "x")), &types.NotFound{})
	if n := l.v.DiskDeletes(); n[id] != 2 || n["x"] != 1 || l.exists(file) {
		t.Errorf("deletes %v", n)
	}
}

// TestDiskOnADatastoreInMaintenance: nothing is made on it, and a host that has not mounted it attaches nothing of it.
func TestDiskOnADatastoreInMaintenance(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id, vm := l.mustMake(l.spec("a", 1)), l.mustClone("a", nil, func(s *types.VirtualMachineCloneSpec) {
		ds := l.other.Reference()
		s.Location.Datastore = &ds
	})
	own := base.Apart(l.v.context())
	for _, how := range []func(*types.DatastoreSummary){
		func(s *types.DatastoreSummary) { s.MaintenanceMode = "inMaintenance" },
		func(s *types.DatastoreSummary) { s.MaintenanceMode, s.Accessible = "normal", false },
	} {
		store := base.Get[*simulator.Datastore](own, l.store.Reference())
		own.WithLock(store, func() { how(&store.Summary) })
		_, err := l.made(l.CreateDisk(l.ctx, l.spec("b", 1)))
		faults(t, err, &types.InvalidDatastore{})
	}
	host := base.Get[*simulator.HostSystem](own, *l.see(vm).Runtime.Host)
	own.WithLock(host, func() { host.Datastore = []types.ManagedObjectReference{l.other.Reference()} })
	faults(t, l.attach(vm, id, 0, -1), &types.InvalidDatastore{})
}
