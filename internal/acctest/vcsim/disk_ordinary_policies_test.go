// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	pbmtypes "github.com/vmware/govmomi/pbm/types"
	"github.com/vmware/govmomi/vim25/types"
)

// cloneWith makes a clone of debian-12 on the first datastore, whose disk gets a policy by its locator or by a change of the device.
func (l *diskLab) cloneWith(name, locator, device string) (*object.VirtualMachine, error) {
	l.Helper()
	template := l.template("debian-12")
	root := disksOf(l.see(template))[0]
	pool, store := l.pool.Reference(), l.store.Reference()
	spec := types.VirtualMachineCloneSpec{Location: types.VirtualMachineRelocateSpec{Pool: &pool, Datastore: &store}}
	if locator != "" {
		spec.Location.Disk = []types.VirtualMachineRelocateSpecDiskLocator{{DiskId: root.Key, Datastore: store, Profile: profileOf(locator)}}
	}
	if device != "" {
		spec.Config = &types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
			Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: root, Profile: profileOf(device)}}}
	}
	info, err := l.task(template.Clone(l.ctx, l.folder, name, spec))
	if err != nil {
		return nil, err
	}
	return object.NewVirtualMachine(l.c.Client, info), nil
}

// hasPolicies compares the policies of a machine's disks, in the order of their keys.
func (l *diskLab) hasPolicies(vm *object.VirtualMachine, want ...string) {
	l.Helper()
	disks := disksOf(l.see(vm))
	slices.SortFunc(disks, func(a, b *types.VirtualDisk) int { return cmp.Compare(a.Key, b.Key) })
	if len(disks) != len(want) {
		l.Fatalf("%d disks, want %d", len(disks), len(want))
	}
	for i, d := range disks {
		var ids []string
		if want[i] != "" {
			ids = []string{want[i]}
		}
		l.hasPolicy(pbmtypes.PbmObjectTypeVirtualDiskId, fmt.Sprintf("%s:%d", vm.Reference().Value, d.Key), ids...)
	}
}

// TestDiskPolicyOfAMachine: a disk of a machine has the policy of its locator or of its device, whatever the others have, and takes it
// along when it becomes a first class disk.
func TestDiskPolicyOfAMachine(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	for i, by := range [][2]string{{vsanPolicy, ""}, {"", vsanPolicy}, {vsanPolicy, otherPolicy}} {
		vm, err := l.cloneWith(fmt.Sprintf("a%d", i), by[0], by[1])
		l.ok(err)
		if by[1] == "" {
			l.hasPolicies(vm, by[0])
		} else {
			l.hasPolicies(vm, by[1])
		}
	}
	vm, err := l.cloneWith("b", "", "")
	l.ok(err)
	l.hasPolicies(vm, "")
	unit := int32(3)
	added := &types.VirtualDisk{CapacityInKB: 1 << 20, VirtualDevice: types.VirtualDevice{Key: -1, ControllerKey: l.scsi(vm),
		UnitNumber: &unit, Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModePersistent)}}}
	change := func(op types.VirtualDeviceConfigSpecOperation, d types.BaseVirtualDevice, policy string) error {
		spec := &types.VirtualDeviceConfigSpec{Operation: op, Device: d, Profile: profileOf(policy)}
		if op == types.VirtualDeviceConfigSpecOperationAdd {
			spec.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
		}
		return l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{spec}})
	}
	l.ok(change(types.VirtualDeviceConfigSpecOperationAdd, added, otherPolicy))
	l.hasPolicies(vm, "", otherPolicy)
	root := slices.MinFunc(disksOf(l.see(vm)), func(a, b *types.VirtualDisk) int { return cmp.Compare(a.Key, b.Key) })
	l.ok(change(types.VirtualDeviceConfigSpecOperationEdit, root, vsanPolicy))
	l.hasPolicies(vm, vsanPolicy, otherPolicy)
	o, err := l.RegisterDisk(l.ctx, l.url("b/b.vmdk"), "root")
	l.ok(err)
	l.hasPolicy(pbmtypes.PbmObjectTypeVirtualDiskUUID, o.Config.Id.Id, vsanPolicy)
	l.hasPolicies(vm, vsanPolicy, otherPolicy)
}

// TestDiskPolicyOfAMachineThatCannotBe: neither the machine nor the disk is made.
func TestDiskPolicyOfAMachineThatCannotBe(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	l.v.Satisfy(vsanPolicy, l.other.Reference())
	_, err := l.cloneWith("a", vsanPolicy, "")
	faults(t, err, &types.InvalidDatastore{})
	_, err = l.cloneWith("b", "", "no policy")
	faults(t, err, &types.InvalidArgument{})
	vm, err := l.cloneWith("c", "", "")
	l.ok(err)
	root := disksOf(l.see(vm))[0]
	faults(t, l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: root, Profile: profileOf(vsanPolicy)}}}),
		&types.InvalidDatastore{})
	l.hasPolicies(vm, "")
}
