// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"cmp"
	"context"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// Clone copies another volume, with its own record from the first moment, and grows the copy where it is to be larger. Files are never
// copied: a copied file keeps the id of its original (govmomi #2352). A volume that exists comes back although there is an error.
func (v *Volumes) Clone(ctx context.Context, r Request) (openstack.Volume, error) {
	if err := metadata.Check(r.VolumeSpec); err != nil {
		return openstack.Volume{}, err
	}
	from, err := v.locate(ctx, r.Source.ID)
	if err != nil {
		return openstack.Volume{}, openstack.AttributeErrorf("source_vol_id", "%w", err)
	}
	if err := fits("source_vol_id", &r.VolumeSpec, from.Size); err != nil {
		return openstack.Volume{}, err
	}
	if found, ok, err := v.earlier(ctx, r); err != nil {
		return openstack.Volume{}, err
	} else if ok {
		return v.finish(ctx, found, r.Size)
	}
	at, err := v.choose(ctx, r)
	if err != nil {
		return openstack.Volume{}, err
	}
	want := v.wanted(r)
	spec := types.VslmCloneSpec{Name: diskName(want), KeepAfterDeleteVm: types.NewBool(true), Metadata: metadata.Pairs(metadata.Encode(want))}
	spec.BackingSpec, spec.Profile, spec.Consolidate = at.backing(want.Multiattach), at.profile(), types.NewBool(true)
	made, err := v.make(ctx, "copying the volume "+from.Name+" to "+want.Name, "CloneVStorageObject_Task",
		func(ctx context.Context, vim *vim25.Client, manager ref) (ref, error) {
			res, err := methods.CloneVStorageObject_Task(ctx, vim, &types.CloneVStorageObject_Task{This: manager,
				Id: types.ID{Id: from.ID}, Datastore: from.store, Spec: spec})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		}, v.byMark(want.MarkID))
	if err != nil {
		return made.Volume, err
	}
	return v.finish(ctx, made, want.Size)
}

// fits refuses a copy that is smaller than its source, and gives one that names no size its source's.
func fits(attribute string, spec *openstack.VolumeSpec, source int64) error {
	if spec.Size = cmp.Or(spec.Size, source); spec.Size < source {
		return openstack.AttributeErrorf("size", "%d GiB are less than the %d GiB of what %s names", spec.Size, source, attribute)
	}
	return nil
}

// finish has a copy outlive its machines, and grows it to its size in GiB.
func (v *Volumes) finish(ctx context.Context, d located, size int64) (openstack.Volume, error) {
	out, err := v.keep(ctx, d)
	if d.Volume = out; err != nil || size <= d.Size {
		return out, err
	}
	if err := v.extend(ctx, d, size); err != nil {
		return out, err
	}
	out.Size, out.SizeMB = size, size<<10
	return out, nil
}
