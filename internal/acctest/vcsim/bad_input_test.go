// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func add(d types.BaseVirtualDevice) []types.BaseVirtualDeviceConfigSpec {
	return []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "add", Device: d}}
}

func nicOn(backing types.BaseVirtualDeviceBackingInfo) []types.BaseVirtualDeviceConfigSpec {
	nic := &types.VirtualVmxnet3{}
	nic.Key, nic.Backing = -1, backing
	return add(nic)
}

func diskOn(controller, unit int32, backing types.BaseVirtualDeviceBackingInfo, bytes int64) []types.BaseVirtualDeviceConfigSpec {
	disk := &types.VirtualDisk{CapacityInBytes: bytes}
	disk.Key, disk.ControllerKey, disk.UnitNumber, disk.Backing = -1, controller, &unit, backing
	return []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "add", FileOperation: "create", Device: disk}}
}

func flat(file string, thin bool) *types.VirtualDiskFlatVer2BackingInfo {
	b := &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: &thin}
	b.FileName = file
	return b
}

// Each of these would end the process that runs the unmodified simulator, or be accepted by it.
//
//nolint:paralleltest // the cases try one vCenter one after the other
func TestBadDevicesAndOptions(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", nil)
	port := func(group, dvs string) *types.VirtualEthernetCardDistributedVirtualPortBackingInfo {
		return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
			Port: types.DistributedVirtualSwitchPortConnection{PortgroupKey: group, SwitchUuid: dvs},
		}
	}
	public := l.network("public").(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo).Port
	named := &types.VirtualEthernetCardNetworkBackingInfo{}
	named.DeviceName = "no such network"
	for _, c := range []struct {
		name string
		spec types.VirtualMachineConfigSpec
		want types.BaseMethodFault
	}{
		{"unknown standard network", types.VirtualMachineConfigSpec{DeviceChange: nicOn(named)}, &types.InvalidDeviceBacking{}},
		{"unknown portgroup", types.VirtualMachineConfigSpec{DeviceChange: nicOn(port("dvportgroup-999", public.SwitchUuid))},
			&types.InvalidDeviceBacking{}},
		{"wrong switch", types.VirtualMachineConfigSpec{DeviceChange: nicOn(port(public.PortgroupKey, "no"))}, &types.InvalidDeviceBacking{}},
		{"no backing", types.VirtualMachineConfigSpec{DeviceChange: nicOn(nil)}, &types.InvalidDeviceBacking{}},
		{"unknown datastore", types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 1, flat("[none] a.vmdk", true), 1<<30)},
			&types.InvalidDatastorePath{}},
		{"no datastore path", types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 1, flat("a.vmdk", true), 1<<30)},
			&types.InvalidDatastorePath{}},
		{"no controller", types.VirtualMachineConfigSpec{DeviceChange: diskOn(1001, 1, flat("", true), 1<<30)}, &types.InvalidController{}},
		{"the controller's unit", types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 7, flat("", true), 1<<30)},
			&types.InvalidDeviceSpec{}},
		{"a unit that is taken", types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 0, flat("", true), 1<<30)},
			&types.InvalidDeviceSpec{}},
		{"no size", types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 1, flat("", true), 0)}, &types.InvalidDeviceSpec{}},
		{"too large a disk", types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 1, flat("", true), 63<<40)}, &types.InvalidDeviceSpec{}},
		{"larger than the datastore", types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 1, flat("", false), 40<<40)},
			&types.NoDiskSpace{}},
		{"unknown property", types.VirtualMachineConfigSpec{ExtraConfig: options("SET.guest.nosuch", "x")}, &types.InvalidArgument{}},
		{"property of another type", types.VirtualMachineConfigSpec{ExtraConfig: options("SET.runtime.question", "x")}, &types.InvalidArgument{}},
		{"an address that is none", types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "ip0",
			Value: int32(1)}}}, &types.InvalidArgument{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults(t, l.reconfigure(vm, c.spec), c.want)
			_, err := l.clone("b", &c.spec)
			faults(t, err, c.want)
			l.absent("b")
		})
	}
	if m := l.see(vm); len(disksOf(m)) != 1 || len(cards(m)) != 1 {
		t.Errorf("%d disks and %d NICs are left", len(disksOf(m)), len(cards(m)))
	}
	for _, d := range []types.BaseVirtualDevice{&types.VirtualDisk{}, &types.VirtualE1000{}} {
		d.GetVirtualDevice().Key = 4711
		for _, op := range []types.VirtualDeviceConfigSpecOperation{"edit", "remove"} {
			faults(t, l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
				&types.VirtualDeviceConfigSpec{Operation: op, Device: d},
			}}), &types.InvalidDeviceSpec{})
		}
	}
}

func TestBadPlaces(t *testing.T) {
	t.Parallel()
	l := strict(t)
	for _, path := range []string{"[none]", "vmfs-1", ""} {
		_, err := l.create(types.VirtualMachineConfigSpec{Name: "b", Files: &types.VirtualMachineFileInfo{VmPathName: path}})
		faults(t, err, &types.InvalidDatastorePath{})
	}
	dc, err := l.find.Datacenter(l.ctx, "dc1")
	l.ok(err)
	folders, err := dc.Folders(l.ctx)
	l.ok(err)
	empty, err := folders.HostFolder.CreateCluster(l.ctx, "empty",
		types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: yes()}})
	l.ok(err)
	pool, err := empty.ResourcePool(l.ctx)
	l.ok(err)
	spec := types.VirtualMachineConfigSpec{Name: "b", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}
	_, err = l.task(l.folder.CreateVM(l.ctx, spec, pool, nil))
	faults(t, err, &types.NoCompatibleHost{})
	_, err = l.task(empty.AddHost(l.ctx, joining(Diskless+"1"), true, nil, nil))
	l.ok(err)
	bare, err := l.find.HostSystem(l.ctx, "empty/"+Diskless+"1")
	l.ok(err)
	_, err = l.task(l.folder.CreateVM(l.ctx, spec, pool, bare))
	faults(t, err, &types.InvalidDatastore{})
	_, err = l.task(l.folder.CreateVM(l.ctx, spec, l.pool, bare))
	faults(t, err, &types.InvalidArgument{})
	_, err = l.task(folders.HostFolder.CreateVM(l.ctx, spec, l.pool, nil))
	faults(t, err, &types.InvalidArgument{})
	l.absent("b")

	vm := l.mustClone("a", nil)
	folder, host := l.folder.Reference(), bare.Reference()
	_, err = l.task(vm.Relocate(l.ctx, types.VirtualMachineRelocateSpec{Datastore: &folder}, ""))
	faults(t, err, &types.InvalidArgument{})
	ds := l.see(vm).Datastore[0]
	_, err = l.task(vm.Relocate(l.ctx, types.VirtualMachineRelocateSpec{Host: &host, Datastore: &ds}, ""))
	faults(t, err, &types.InvalidArgument{}) // it is not among its pool's
	_, err = l.task(l.folder.MoveInto(l.ctx, []types.ManagedObjectReference{{Type: "VirtualMachine", Value: "vm-999"}}))
	faults(t, err, &types.ManagedObjectNotFound{})
	_, err = l.task(l.folder.MoveInto(l.ctx, []types.ManagedObjectReference{host}))
	faults(t, err, &types.NotSupported{})
}

// The simulator cannot clone a disk in another format than its own.
func TestCloneOfSparseDisk(t *testing.T) {
	t.Parallel()
	l := strict(t)
	sparse := &types.VirtualDiskSeSparseBackingInfo{DiskMode: "persistent"}
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{DeviceChange: diskOn(1000, 1, sparse, 1<<30)})
	pool := l.pool.Reference()
	ref, err := l.task(vm.Clone(l.ctx, l.folder, "b", types.VirtualMachineCloneSpec{Location: types.VirtualMachineRelocateSpec{Pool: &pool}}))
	l.ok(err)
	if d := disksOf(l.see(object.NewVirtualMachine(l.c.Client, ref))); len(d) != 2 || d[1].CapacityInBytes != 1<<30 {
		t.Errorf("disks %+v", d)
	}
}
