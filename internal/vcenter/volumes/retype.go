// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// CheckType refuses a type that a volume cannot have where it lies, or, where it may move, cannot be moved for.
func (v *Volumes) CheckType(ctx context.Context, id string, want Change) error {
	have, err := v.locate(ctx, id)
	if err != nil {
		return err
	}
	_, _, _, err = v.retyping(ctx, have, want)
	return err
}

// retyping finds out what another type takes: the id of its policy, the machines that have the volume, and whether it must move.
func (v *Volumes) retyping(ctx context.Context, have located, want Change) (policy string, held []openstack.Attachment, moves bool,
	err error) {
	refuse := func(format string, args ...any) error {
		return openstack.AttributeErrorf("volume_type", format, args...)
	}
	if policy, err = v.inventory.Policies.Id(ctx, want.Type); err != nil {
		return "", nil, false, refuse("%w", err)
	}
	if held, err = v.Attachments(ctx, have.ID); err != nil {
		return "", nil, false, err
	}
	stays, err := v.inventory.Policies.Satisfies(ctx, policy, have.store)
	if err != nil || stays {
		return policy, held, false, err
	}
	if !want.MayMove {
		return "", nil, false, refuse("the datastore %s, which the volume %s lies on, does not satisfy the storage policy %q: write "+
			"volume_retype_policy = \"on-demand\", which moves the volume to one that does", have.Datastore, have.Name, want.Type)
	}
	if len(held) > 0 {
		return "", nil, false, refuse("the datastore %s does not satisfy the storage policy %q, and the volume %s cannot move while %s has it: "+
			"detach it first", have.Datastore, want.Type, have.Name, faults.Quoted(serverNames(held)))
	}
	snapshots, err := v.snapshotsOf(ctx, have)
	if err == nil && len(snapshots) > 0 {
		err = refuse("the datastore %s does not satisfy the storage policy %q, and the volume %s cannot move while it has snapshots: %s",
			have.Datastore, want.Type, have.Name, snapshotNames(snapshots))
	}
	if err == nil {
		_, _, err = v.storesFor(ctx, typed(have, want))
	}
	return policy, nil, true, err
}

// typed asks for the place of a volume with another type.
func typed(have located, want Change) Request {
	r := Request{VolumeSpec: have.VolumeSpec}
	r.Type = want.Type
	return r
}

// retype gives a volume another type: by the disk itself, by the machine that has it, or by moving it. It returns the disk as it lies then.
func (v *Volumes) retype(ctx context.Context, have located, want Change) (located, error) {
	policy, held, moves, err := v.retyping(ctx, have, want)
	switch {
	case err != nil:
		return have, err
	case moves:
		return v.relocate(ctx, have, typed(have, want))
	case len(held) > 0:
		return have, v.retypeAttached(ctx, have, held[0], place{policy: policy})
	}
	return have, v.retypeDetached(ctx, have, place{policy: policy})
}

// retypeDetached gives a disk that no machine has another policy.
func (v *Volumes) retypeDetached(ctx context.Context, have located, at place) error {
	_, manager, err := v.manager(ctx)
	if err != nil {
		return err
	}
	err = v.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.UpdateVStorageObjectPolicy_Task(ctx, vim, &types.UpdateVStorageObjectPolicy_Task{This: manager,
			Id: types.ID{Id: have.ID}, Datastore: have.store, Profile: at.profile()})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return faults.Explain("giving the volume "+have.Name+" another storage policy", err)
}

// retypeAttached gives a disk another policy as a device of the machine that has it: the call for detached disks is refused then (Cinder's
// driver, fcd.py). Where the machine is changed at the same moment, it is looked at again.
func (v *Volumes) retypeAttached(ctx context.Context, have located, at openstack.Attachment, to place) error {
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 0; ; attempt++ {
		err := v.retypeDevice(ctx, have, ref{Type: "VirtualMachine", Value: at.MoRef}, to)
		if attempt == retry.WriteAttempts || !faults.Stale(err) || !tries.Wait(ctx) {
			return faults.Explain("giving the volume "+have.Name+", which "+at.ServerName+" has, another storage policy", err)
		}
	}
}

// retypeDevice edits the device that a disk is on a machine.
func (v *Volumes) retypeDevice(ctx context.Context, have located, on ref, to place) error {
	vm, err := wire.Read[mo.VirtualMachine](ctx, v.wire, on, []string{"config.hardware.device", "config.changeVersion"})
	if err != nil {
		return err
	}
	for _, disk := range machine.DisksOf(vm) {
		if disk.VDiskId == nil || disk.VDiskId.Id != have.ID {
			continue
		}
		return v.wire.ReconfigureRaw(ctx, on, types.VirtualMachineConfigSpec{ChangeVersion: vm.Config.ChangeVersion,
			DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
				Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: disk, Profile: to.profile()}}})
	}
	return errors.New("it has been detached meanwhile: apply again")
}
