// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// url is how RegisterDisk wants a file of the first datastore.
func (l *diskLab) url(file string) string {
	return "https://" + l.v.Server() + "/folder/" + file + "?dcPath=dc1&dsName=vmfs-1"
}

// nameIn is the name that a fault AlreadyExists has.
func nameIn(err error) (name string) {
	fault.In(err, func(f types.BaseMethodFault, _ string, _ []types.LocalizableMessage) bool {
		if a, ok := f.(*types.AlreadyExists); ok {
			name = a.Name
		}
		return false
	})
	return name
}

func TestDiskIsRegistered(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm := l.mustClone("a", nil, on)
	root := disksOf(l.see(vm))[0]
	o, err := l.RegisterDisk(l.ctx, l.url("a/a.vmdk"), "root")
	l.ok(err)
	c := o.Config
	if c.Name != "root" || c.CapacityInMB != root.CapacityInKB>>10 || c.KeepAfterDeleteVm != nil || pathOf(c) != fileOf(root) {
		t.Errorf("registered %+v", c)
	}
	if l.attached(vm, c.Id.Id) == nil || len(l.consumers(c.Id.Id)) != 1 {
		t.Error("the machine's device does not know it")
	}
	_, err = l.RegisterDisk(l.ctx, l.url("a/a.vmdk"), "again")
	faults(t, err, &types.AlreadyExists{})
	if nameIn(err) != c.Id.Id {
		t.Errorf("the fault names %q, want %s", nameIn(err), c.Id.Id)
	}
	for _, wrong := range []string{l.url("a/none.vmdk"), "https://x/folder/a/a.vmdk?dcPath=dc9&dsName=vmfs-1",
		"https://x/folder/a/a.vmdk?dcPath=dc1&dsName=none", "a/a.vmdk"} {
		_, err = l.RegisterDisk(l.ctx, wrong, "")
		faults(t, err, &types.InvalidArgument{})
	}
}

// TestDiskOfALinkedCloneIsNotRegistered: its file is half a disk.
func TestDiskOfALinkedCloneIsNotRegistered(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	base := l.mustClone("base", nil)
	s, err := l.task(base.CreateSnapshot(l.ctx, "s", "", false, false))
	l.ok(err)
	pool := l.pool.Reference()
	spec := types.VirtualMachineCloneSpec{Snapshot: &s, Location: types.VirtualMachineRelocateSpec{Pool: &pool,
		DiskMoveType: string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)}}
	_, err = l.task(base.Clone(l.ctx, l.folder, "linked", spec))
	l.ok(err)
	_, err = l.RegisterDisk(l.ctx, l.url("linked/linked.vmdk"), "")
	faults(t, err, &types.InvalidArgument{})
}

func TestDiskOfAMachineIsNotRegistered(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{Disks: DiskKnobs{RegisterOffOnly: true}})
	l.mustClone("a", nil)
	_, err := l.RegisterDisk(l.ctx, l.url("a/a.vmdk"), "")
	faults(t, err, &types.ResourceInUse{})
}

// TestDiskCopiedAsAFile: what RegisterDisk makes of it depends on the version.
func TestDiskCopiedAsAFile(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		l := diskLabOf(t, Options{Disks: DiskKnobs{CopiesKeepID: old}})
		id := l.mustMake(l.spec("a", 2))
		dc, err := l.find.Datacenter(l.ctx, "dc1")
		l.ok(err)
		m := object.NewVirtualDiskManager(l.c.Client)
		l.ok(l.done(m.CopyVirtualDisk(l.ctx, pathOf(l.config(id)), dc, "[vmfs-1] copy.vmdk", dc, nil, false)))
		o, err := l.RegisterDisk(l.ctx, l.url("copy.vmdk"), "b")
		l.ok(err)
		if (o.Config.Id.Id == id) != old || (pathOf(o.Config) == "[vmfs-1] copy.vmdk") == old {
			t.Errorf("old %t: %s in %s", old, o.Config.Id.Id, pathOf(o.Config))
		}
	}
}

// TestDiskWithoutItsFile stays in the lists, cannot be read, and goes when the datastore is looked through: govmomi #3639.
func TestDiskWithoutItsFile(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 1))
	dc, err := l.find.Datacenter(l.ctx, "dc1")
	l.ok(err)
	l.ok(l.done(object.NewVirtualDiskManager(l.c.Client).DeleteVirtualDisk(l.ctx, pathOf(l.config(id)), dc)))
	l.gone(id)
	if ids, err := l.List(l.ctx, l.store); err != nil || len(ids) != 1 {
		t.Errorf("listed %v, %v", ids, err)
	}
	l.ok(l.done(l.ReconcileDatastoreInventory(l.ctx, l.store)))
	if ids, err := l.List(l.ctx, l.store); err != nil || len(ids) != 0 {
		t.Errorf("listed %v, %v", ids, err)
	}
}
