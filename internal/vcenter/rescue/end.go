// SPDX-License-Identifier: MPL-2.0

package rescue

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// End ends the rescue of an instance: its VM is turned off, the disk that it was rescued with is taken off and deleted, and the VM starts
// from its own. Nova's driver leaves the boot order behind, which here is as it was before. An instance whose rescue was ended by a call
// that was killed is started; one that runs stays as it is.
func (r *Rescue) End(ctx context.Context, id string, tell machine.Telling) error {
	ctx, end := r.wire.BeginOperation(ctx)
	defer end()
	t := &rescuing{Rescue: r, id: id, tell: tell}
	if err := t.look(ctx); err != nil {
		return err
	}
	if err := t.endable(ctx); err != nil {
		return err
	}
	if t.is.Rescued != "" {
		if err := t.stop(ctx); err != nil {
			return t.startAgain(ctx, err)
		}
		if err := t.unplug(ctx); err != nil {
			if faults.OutcomeUnknown(err) {
				return faults.NotKnown("the rescue of "+t.is.Name+" has ended", "invoke the action again, which goes on with that", err)
			}
			return t.startAgain(ctx, err)
		}
	}
	if !machine.IsOff(t.vm) {
		tell("%s runs from its own disk", t.is.Name)
		return nil
	}
	tell("%s is started from its own disk", t.is.Name)
	if err := t.start(ctx); err != nil {
		return fmt.Errorf("the rescue of %s has ended, and it is off: start it, or invoke the action again (%w)", t.is.Name, err)
	}
	return nil
}

// endable refuses the end of a rescue of an instance that is not rescued and never was, as Nova's driver does, and of one whose disk a
// snapshot holds.
func (t *rescuing) endable(ctx context.Context) error {
	disk, _ := machine.RescueDisk(t.vm)
	if disk == nil {
		if machine.Parameters(t.vm)[rescuedKey] == "" {
			return openstack.AttributeErrorf("instance_id", "%s is not rescued", t.is.Name)
		}
		return nil
	}
	held, err := t.machines.SnapshotsWithFile(ctx, t.vm, machine.RescueFile(t.vm, t.is.Rescued))
	if err == nil && len(held) > 0 {
		err = fmt.Errorf("snapshots that were taken of %s while it was rescued hold the disk that it is rescued with, which then cannot be "+
			"deleted: delete them first: %s", t.is.Name, quoted(held))
	}
	return err
}

// unplug takes the disk off the VM, which is off, and deletes it. Another disk that the VM was given meanwhile stays.
func (t *rescuing) unplug(ctx context.Context) error {
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 1; ; attempt++ {
		disk, _ := machine.RescueDisk(t.vm)
		if disk == nil {
			return nil
		}
		t.tell("the disk of the image %s is taken off %s and deleted", t.is.Rescued, t.is.Name)
		err := t.amend(ctx, types.VirtualMachineConfigSpec{
			BootOptions: &types.VirtualMachineBootOptions{BootOrder: without(t.vm, disk)},
			DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Device: disk,
				Operation:     types.VirtualDeviceConfigSpecOperationRemove,
				FileOperation: types.VirtualDeviceConfigSpecFileOperationDestroy}}})
		if !looksAgain(err) || attempt == retry.WriteAttempts || !tries.Wait(ctx) {
			return err
		}
		if err := t.look(ctx); err != nil {
			return err
		}
		if err := t.stop(ctx); err != nil {
			return err
		}
	}
}
