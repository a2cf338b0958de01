// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// mustLink makes a linked clone of a new template's snapshot. The template is made a machine of no pool, as an image's base is.
func (l *lab) mustLink(options ...types.BaseOptionValue) (template, child *object.VirtualMachine) {
	l.Helper()
	template = l.mustClone("base", nil)
	snapshot, err := l.task(template.CreateSnapshot(l.ctx, "s", "", false, false))
	l.ok(err)
	l.ok(template.MarkAsTemplate(l.ctx))
	pool := l.pool.Reference()
	ref, err := l.task(template.Clone(l.ctx, l.folder, "child", types.VirtualMachineCloneSpec{Snapshot: &snapshot,
		Location: types.VirtualMachineRelocateSpec{Pool: &pool, DiskMoveType: "createNewChildDiskBacking"},
		Config:   &types.VirtualMachineConfigSpec{ExtraConfig: options}}))
	l.ok(err)
	return template, object.NewVirtualMachine(l.c.Client, ref)
}

func TestTemplateHasNoNewSnapshot(t *testing.T) {
	t.Parallel()
	l := strict(t)
	template, _ := l.mustLink()
	_, err := l.task(template.CreateSnapshot(l.ctx, "t", "", false, false))
	faults(t, err, &types.NotSupported{})
	_, err = l.task(template.CreateSnapshotEx(l.ctx, "t", "", false, nil))
	faults(t, err, &types.NotSupported{})
}

func TestLinkedCloneDoesNotGrow(t *testing.T) {
	t.Parallel()
	l := strict(t)
	_, child := l.mustLink()
	disk := *disksOf(l.see(child))[0]
	disk.CapacityInBytes, disk.CapacityInKB = 3<<30, 3<<20
	_, err := l.task(child.Reconfigure(l.ctx, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: &disk}}}))
	faults(t, err, &types.InvalidDeviceOperation{})
}

// TestLinkedCloneTakesItsParentAlong where nothing is done about it: the child names the parent, or is taken off first.
func TestLinkedCloneTakesItsParentAlong(t *testing.T) {
	t.Parallel()
	keep := &types.OptionValue{Key: "vmprov.keepDisks", Value: "other.vmdk, base.vmdk"}
	for name, c := range map[string]struct {
		options  []types.BaseOptionValue
		off, has bool
	}{
		"worst": {}, "named": {options: []types.BaseOptionValue{keep}, has: true}, "taken off": {off: true, has: true},
	} {
		l := diskLabOf(t, Options{})
		_, child := l.mustLink(c.options...)
		if c.off {
			l.ok(child.RemoveDevice(l.ctx, true, disksOf(l.see(child))[0]))
		}
		l.ok(l.done(child.Destroy(l.ctx)))
		if has := l.exists("[vmfs-1] base/base.vmdk"); has != c.has {
			t.Errorf("%s: the parent is there: %t", name, has)
		}
	}
}
