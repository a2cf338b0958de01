// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Settle notes which disks a machine has after a change of its devices, and where their files lie now. Its caller holds the machine's lock.
func (d *Disks) Settle(ctx *simulator.Context, vm *simulator.VirtualMachine) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, each := range d.all {
		d.settle(ctx, each, vm)
	}
}

func (d *Disks) settle(ctx *simulator.Context, each *disk, vm *simulator.VirtualMachine) {
	device := deviceOf(vm, each.id)
	at := slices.IndexFunc(each.places, func(p place) bool { return p.machine == vm.Self })
	switch {
	case device == nil && at >= 0:
		each.places = slices.Delete(each.places, at, at+1)
		if each.doomed {
			d.remove(ctx, each)
		}
	case device != nil && at < 0:
		each.places = append(each.places, place{machine: vm.Self, key: device.Key, shared: isShared(device)})
		// The simulator takes space for every disk that is added, and this one has its file already.
		giveBack(ctx, each.store, device.CapacityInBytes)
	case device != nil:
		d.follow(ctx, each, device)
	}
	if device != nil && each.next != nil {
		each.policies = each.next
	}
	each.doomed, each.next = false, nil
}

// follow notes that a machine has taken its disk along to another place.
func (d *Disks) follow(ctx *simulator.Context, moved *disk, device *types.VirtualDisk) {
	b, ok := device.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return
	}
	file := b.GetVirtualDeviceFileBackingInfo()
	if file.FileName == moved.path {
		return
	}
	moved.path, moved.lost = file.FileName, d.knobs.MovesAreLost
	if file.Datastore != nil && *file.Datastore != moved.store {
		moved.settleSpace(ctx, *file.Datastore, moved.taken)
	}
}

func giveBack(ctx *simulator.Context, on types.ManagedObjectReference, bytes int64) {
	none := disk{store: on, taken: bytes}
	none.settleSpace(ctx, on, 0)
}

// NoteRemoved forgets that a machine that is gone has disks.
func (d *Disks) NoteRemoved(machine types.ManagedObjectReference) {
	if machine.Type != "VirtualMachine" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, each := range d.all {
		each.places = slices.DeleteFunc(each.places, func(p place) bool { return p.machine == machine })
	}
	maps.DeleteFunc(d.ordinary, func(at string, _ []string) bool { return strings.HasPrefix(at, machine.Value+":") })
}

// Spare takes the disks off a machine that is going to be destroyed, and gives what must be called afterwards. Disks that outlive their
// machine stay where they are, even in the machine's own folder, where those lie too that it no longer has; the others go, with their
// snapshots. Its caller holds the machine's lock.
func (d *Disks) Spare(ctx *simulator.Context, vm *simulator.VirtualMachine) (afterwards func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var put []func()
	var left []types.BaseVirtualDevice
	for _, device := range vm.Config.Hardware.Device {
		disk, ok := device.(*types.VirtualDisk)
		if !ok || disk.VDiskId == nil || d.all[disk.VDiskId.Id] == nil {
			left = append(left, device)
			continue
		}
		attached := d.all[disk.VDiskId.Id]
		if base.IsTrue(attached.keep) || len(attached.places) > 1 {
			put = append(put, d.aside(ctx, attached))
		} else {
			put = append(put, func() { d.remove(ctx, attached) })
		}
	}
	vm.Config.Hardware.Device = left
	for _, each := range d.all { // a vCenter deletes the machine's files, and not its folder
		if len(each.places) == 0 && path.Dir(each.path) == path.Dir(vm.Config.Files.VmPathName) {
			put = append(put, d.aside(ctx, each))
		}
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, f := range put {
			f()
		}
	}
}

// aside moves a disk's files out of the way, and gives what moves them back.
func (d *Disks) aside(ctx *simulator.Context, kept *disk) (back func()) {
	store := base.Get[*simulator.Datastore](ctx, kept.store)
	if store == nil {
		return func() {}
	}
	from, to := local(store, kept.path), local(store, pathOn(store, folder+"/"+kept.id+".kept.vmdk"))
	if moveFile(from, to) != nil {
		return func() {}
	}
	return func() { _ = moveFile(to, from) }
}
