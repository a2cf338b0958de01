// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// Keep has a volume outlive a machine that is destroyed while it has it, wherever the volume comes from: the flag is set at a creation,
// cleared at a copy, and unset after RegisterDisk and CreateDiskFromSnapshot_Task. Kept of the answer is what was read back. A server that
// takes the call and leaves the flag is no error: a volume is detached before its machine is destroyed, and the flag is the second guard.
func (v *Volumes) Keep(ctx context.Context, id string) (openstack.Volume, error) {
	found, err := v.locate(ctx, id)
	if err != nil {
		return openstack.Volume{}, err
	}
	return v.keep(ctx, found)
}

// keepUnless is keep for a disk that was made without an error; it gives both as they are where there is one.
func (v *Volumes) keepUnless(ctx context.Context, d located, err error) (openstack.Volume, error) {
	if err != nil {
		return d.Volume, err
	}
	return v.keep(ctx, d)
}

// keep is Keep for a disk whose flag was read.
func (v *Volumes) keep(ctx context.Context, d located) (openstack.Volume, error) {
	if d.Kept != nil && *d.Kept {
		return d.Volume, nil
	}
	if err := v.setKeep(ctx, d); err != nil {
		return d.Volume, err
	}
	vim, manager, err := v.manager(ctx)
	if err != nil {
		return d.Volume, err
	}
	res, err := methods.RetrieveVStorageObject(ctx, vim, &types.RetrieveVStorageObject{This: manager, Id: types.ID{Id: d.ID},
		Datastore: d.store, DiskInfoFlags: []string{string(types.VslmDiskInfoFlagControlFlags)}})
	if err != nil {
		return d.Volume, faults.Explain("reading whether the volume "+d.Name+" outlives its machines", err)
	}
	v.Changed()
	if d.Kept = res.Returnval.Config.KeepAfterDeleteVm; d.Kept == nil {
		d.Kept = types.NewBool(false)
	}
	return d.Volume, nil
}

// setKeep sets the flag of a disk that has it outlive its machines.
func (v *Volumes) setKeep(ctx context.Context, d located) error {
	vim, manager, err := v.manager(ctx)
	if err != nil {
		return err
	}
	return faults.Explain("having the volume "+d.Name+" outlive its machines", retry.Once(func() error {
		_, err := methods.SetVStorageObjectControlFlags(ctx, vim, &types.SetVStorageObjectControlFlags{This: manager, Id: types.ID{Id: d.ID},
			Datastore: d.store, ControlFlags: []string{string(types.VslmVStorageObjectControlFlagKeepAfterDeleteVm)}})
		return err
	}))
}
