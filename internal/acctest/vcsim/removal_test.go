// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func (l *lab) freeSpace() int64 {
	l.Helper()
	ds, err := l.find.Datastore(l.ctx, "vmfs-1")
	l.ok(err)
	var m mo.Datastore
	l.ok(ds.Properties(l.ctx, ds.Reference(), []string{"summary"}, &m))
	return m.Summary.FreeSpace
}

func TestDestroyRemovesFiles(t *testing.T) {
	t.Parallel()
	l := strict(t)
	before := l.freeSpace()
	vm := l.mustClone("a", nil)
	file := fileOf(disksOf(l.see(vm))[0])
	if l.freeSpace() != before-(2<<30) || !l.exists(file) {
		t.Errorf("%d bytes free, of %d", l.freeSpace(), before)
	}
	_, err := l.task(vm.Destroy(l.ctx))
	l.ok(err)
	if l.exists(file) || l.exists("[vmfs-1] a") || l.freeSpace() != before {
		t.Errorf("%s is left, %d bytes free of %d", file, l.freeSpace(), before)
	}
	faults(t, vm.Properties(l.ctx, vm.Reference(), []string{"name"}, &mo.VirtualMachine{}), &types.ManagedObjectNotFound{})
	_, err = l.task(vm.PowerOn(l.ctx))
	faults(t, err, &types.ManagedObjectNotFound{})
}

func TestFolderTakesEverythingAlong(t *testing.T) {
	t.Parallel()
	tree := func(l *lab) (*object.Folder, *object.VirtualMachine) {
		outer, err := l.folder.CreateFolder(l.ctx, "outer")
		l.ok(err)
		inner, err := outer.CreateFolder(l.ctx, "inner")
		l.ok(err)
		pool := l.pool.Reference()
		ref, err := l.task(l.template("debian-12").Clone(l.ctx, inner, "a", types.VirtualMachineCloneSpec{
			Location: types.VirtualMachineRelocateSpec{Pool: &pool},
		}))
		l.ok(err)
		return outer, object.NewVirtualMachine(l.c.Client, ref)
	}
	l := strict(t)
	outer, vm := tree(l)
	file := fileOf(disksOf(l.see(vm))[0])
	_, err := l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	_, err = l.task(outer.Destroy(l.ctx))
	faults(t, err, &types.InvalidPowerState{})
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	l.v.ResetCalls()
	_, err = l.task(outer.Destroy(l.ctx))
	l.ok(err)
	if l.v.Calls()["Destroy_Task"] != 1 {
		t.Errorf("calls %v", l.v.Calls())
	}
	faults(t, vm.Properties(l.ctx, vm.Reference(), []string{"name"}, &mo.VirtualMachine{}), &types.ManagedObjectNotFound{})
	if l.exists(file) {
		t.Errorf("%s is left", file)
	}
	_, err = l.task(l.folder.Destroy(l.ctx))
	faults(t, err, &types.NotSupported{})

	u := unmodified(t)
	outer, vm = tree(u)
	_, err = u.task(outer.Destroy(u.ctx))
	u.ok(err)
	if u.see(vm, "name").Name != "a" {
		t.Error("the simulator has learnt to take machines along")
	}
}

func TestPortgroupInUse(t *testing.T) {
	t.Parallel()
	l := strict(t)
	private, err := l.find.Network(l.ctx, "private")
	l.ok(err)
	public, err := l.find.Network(l.ctx, "public")
	l.ok(err)
	destroy := func(n object.NetworkReference) error {
		_, err := l.task(object.NewCommon(l.c.Client, n.Reference()).Destroy(l.ctx))
		return err
	}
	faults(t, destroy(private), &types.ResourceInUse{})
	l.ok(destroy(public))
	if _, err := l.find.Network(l.ctx, "public"); err == nil {
		t.Error("public is left")
	}
}

func TestTagsLeaveWithTheirObject(t *testing.T) {
	t.Parallel()
	leftovers := func(l *lab) []mo.Reference {
		r, err := l.v.REST(l.ctx)
		l.ok(err)
		m := tags.NewManager(r)
		category, err := m.CreateCategory(l.ctx, &tags.Category{Name: "flavor", Cardinality: "SINGLE"})
		l.ok(err)
		tag, err := m.CreateTag(l.ctx, &tags.Tag{Name: "m1.small", CategoryID: category})
		l.ok(err)
		a, b := l.mustClone("a", nil), l.mustClone("b", nil)
		l.ok(m.AttachTagToMultipleObjects(l.ctx, tag, []mo.Reference{a, b}))
		_, err = l.task(a.Destroy(l.ctx))
		l.ok(err)
		left, err := m.ListAttachedObjects(l.ctx, tag)
		l.ok(err)
		err = m.AttachTag(l.ctx, tag, a)
		if !l.v.options.Unmodified && err == nil {
			l.Error("a tag was put on nothing")
		}
		return slices.DeleteFunc(left, func(r mo.Reference) bool { return r.Reference() == b.Reference() })
	}
	if left := leftovers(strict(t)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if left := leftovers(unmodified(t)); len(left) != 1 {
		t.Errorf("the simulator has learnt: %v", left)
	}
}

func TestFindByUUID(t *testing.T) {
	t.Parallel()
	l := strict(t)
	id := "5CA1AB1E-0000-4000-8000-00000000ABCD"
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{InstanceUuid: id})
	for _, spelt := range []string{id, "5ca1ab1e-0000-4000-8000-00000000abcd"} {
		found, err := object.NewSearchIndex(l.c.Client).FindByUuid(l.ctx, nil, spelt, true, types.NewBool(true))
		if err != nil || found == nil || found.Reference() != vm.Reference() {
			t.Errorf("%s: %v, %v", spelt, found, err)
		}
	}
}
