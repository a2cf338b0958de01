// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"os"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestDiskGrows(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm, id := l.mustClone("a", nil, on), l.mustMake(l.spec("a", 2))
	grow := func(megabytes int64) error { return l.done(l.ExtendDisk(l.ctx, l.store, id, megabytes)) }
	file := pathOf(l.config(id))
	l.write(file, 0, "stays")
	l.ok(grow(3))
	faults(t, grow(2), &types.InvalidArgument{})
	faults(t, l.done(l.ExtendDisk(l.ctx, l.store, "x", 9)), &types.NotFound{})
	l.ok(l.attach(vm, id, 0, -1))
	l.ok(grow(5)) // while the machine is on
	if d := l.attached(vm, id); d.CapacityInKB != 5<<10 || d.CapacityInBytes != 5<<20 || l.config(id).CapacityInMB != 5 {
		t.Errorf("%d KB, the catalogue says %d MB", d.CapacityInKB, l.config(id).CapacityInMB)
	}
	if c := l.content(file); len(c) != 5<<20 || c[:5] != "stays" {
		t.Errorf("%d bytes", len(c))
	}
	_, err := l.task(vm.CreateSnapshot(l.ctx, "s", "", false, false))
	l.ok(err)
	faults(t, grow(6), &types.GenericVmConfigFault{})
}

// TestDiskDescriptorGrows: whoever reads the descriptor sees the new size.
func TestDiskDescriptorGrows(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 2))
	l.ok(l.done(l.ExtendDisk(l.ctx, l.store, id, 4)))
	moved := copySpec("b", l.other)
	c, err := l.made(l.Clone(l.ctx, l.store, id, moved))
	l.ok(err)
	info, err := os.Stat(l.local(pathOf(c.Config)))
	l.ok(err)
	if info.Size() != 4<<20 || c.Config.CapacityInMB != 4 {
		t.Errorf("a copy has %d bytes", info.Size())
	}
}

// TestDiskGrowsOffOnly: before vCenter 7.0 Update 2 the machine must be off.
func TestDiskGrowsOffOnly(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{Disks: DiskKnobs{ExtendOffOnly: true}})
	vm, id := l.mustClone("a", nil, on), l.mustMake(l.spec("a", 2))
	l.ok(l.attach(vm, id, 0, -1))
	faults(t, l.done(l.ExtendDisk(l.ctx, l.store, id, 3)), &types.InvalidState{})
	l.ok(l.done(vm.PowerOff(l.ctx)))
	l.ok(l.done(l.ExtendDisk(l.ctx, l.store, id, 3)))
}

// TestDiskOfSeveralWriters: it does not grow while one of its machines is on.
func TestDiskOfSeveralWriters(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	id := l.mustMake(l.spec("a", 2))
	for _, name := range []string{"a", "b"} {
		l.ok(l.reconfigure(l.mustClone(name, nil, on), l.adding(&types.VirtualDisk{VDiskId: &types.ID{Id: id}}, "", true)))
	}
	if c := l.config(id).ConsumerId; len(c) != 2 {
		t.Errorf("consumers %v", c)
	}
	faults(t, l.done(l.ExtendDisk(l.ctx, l.store, id, 3)), &types.InvalidState{})
	third := l.mustClone("c", nil)
	faults(t, l.reconfigure(third, l.adding(&types.VirtualDisk{VDiskId: &types.ID{Id: id}}, "", false)), &types.FileLocked{})
}
