// SPDX-License-Identifier: MPL-2.0

package destruction

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/blocks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// checkPinned refuses to destroy a VM while one of its snapshots holds a volume, before anything is switched off: the volume cannot be
// detached then, and would be destroyed with the VM (hashicorp/terraform-provider-vsphere #1651).
func (c *Destruction) checkPinned(ctx context.Context, vm mo.VirtualMachine) error {
	if vm.Snapshot == nil {
		return nil
	}
	has, pinned := map[string]bool{}, map[string]bool{}
	for _, disk := range machine.DisksOf(vm) {
		if disk.VDiskId != nil {
			has[disk.VDiskId.Id] = true
		}
	}
	if len(has) == 0 {
		return nil
	}
	snapshots, err := machine.SnapshotsWith(ctx, c.wire, vm.Snapshot.RootSnapshotList, func(held *types.VirtualDisk) bool {
		pins := held.VDiskId != nil && has[held.VDiskId.Id]
		if pins {
			pinned[held.VDiskId.Id] = true
		}
		return pins
	})
	if err != nil || len(pinned) == 0 {
		return err
	}
	return fmt.Errorf("the instance %s is not destroyed, and was not stopped: its snapshots %s hold the volumes %s, which cannot be detached "+
		"while they do, and would be destroyed with the VM: delete these snapshots first", vm.Name, faults.Quoted(snapshots),
		faults.Some(slices.Sorted(maps.Keys(pinned))))
}

// mostDetaches is how often disks are taken off a VM that keeps getting others.
const mostDetaches = 3

// detached takes off a VM the disks that must outlive it, and looks again whether they are gone, before the VM is destroyed.
func (c *Destruction) detached(ctx context.Context, key machine.Key, vm mo.VirtualMachine, clones []string, leaving blocks.Leaving) error {
	for range mostDetaches {
		if len(parting(vm, clones, leaving)) == 0 {
			return nil
		}
		err := c.detach(ctx, vm, clones, leaving)
		if err == nil {
			vm, err = c.machines.VM(ctx, key, machine.WholePaths)
		}
		if errors.Is(err, openstack.ErrNotFound) { // somebody else has destroyed it
			return nil
		}
		if err != nil {
			return err
		}
	}
	left := parting(vm, clones, leaving)
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("the instance %s is not destroyed: disks that are not its own were taken off, and it has one again, which would be "+
		"destroyed with it: %s", vm.Name, machine.DiskFile(left[0]))
}

// parting returns the disks that must outlive a VM: those that are not its own, Nova's clones, and a root disk that is made a volume then.
func parting(vm mo.VirtualMachine, clones []string, leaving blocks.Leaving) (out []*types.VirtualDisk) {
	for _, disk := range machine.DisksOf(vm) {
		if file := machine.DiskFile(disk); !machine.Owned(vm, disk) || slices.Contains(clones, file) || file == leaving.Register {
			out = append(out, disk)
		}
	}
	return out
}

// detach removes the parting disks from a VM before vCenter deletes every disk with it. The same reconfigure notes the clones' files on the
// VM, and what is left to do with volumes, since nothing else knows them then.
func (c *Destruction) detach(ctx context.Context, vm mo.VirtualMachine, clones []string, leaving blocks.Leaving) error {
	var spec types.VirtualMachineConfigSpec
	for _, disk := range parting(vm, clones, leaving) {
		spec.DeviceChange = append(spec.DeviceChange, hardware.Remove(disk))
	}
	if reconfigure.Empty(spec) {
		return nil
	}
	notes := records.Diff{}
	if len(clones) > 0 {
		notes[clonesKey] = clonesText(clones)
	}
	if !leaving.Empty() {
		notes[blocks.LeavingKey] = leaving.Text()
	}
	spec.ExtraConfig = notes.Options()
	spec.ChangeVersion = vm.Config.ChangeVersion // a task that held the VM may have changed its disks' files
	return c.wire.Reconfigure(ctx, vm.Self, vm.Name, spec)
}
