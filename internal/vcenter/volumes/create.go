// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// Create makes an empty volume in a zone, with its record from the first moment. A volume that exists comes back although there is an
// error.
func (v *Volumes) Create(ctx context.Context, r Request) (openstack.Volume, error) {
	if r.Size <= 0 {
		return openstack.Volume{}, openstack.AttributeErrorf("size", "an empty volume needs one, in GiB")
	}
	if err := metadata.Check(r.VolumeSpec); err != nil {
		return openstack.Volume{}, err
	}
	if found, ok, err := v.earlier(ctx, r); ok || err != nil {
		return v.keepUnless(ctx, found, err)
	}
	at, err := v.choose(ctx, r)
	if err != nil {
		return openstack.Volume{}, err
	}
	want := v.wanted(r)
	spec := types.VslmCreateSpec{Name: diskName(want), CapacityInMB: want.Size << 10, KeepAfterDeleteVm: types.NewBool(true),
		BackingSpec: at.backing(want.Multiattach), Profile: at.profile(), Metadata: metadata.Pairs(metadata.Encode(want))}
	made, err := v.make(ctx, "creating the volume "+want.Name, "CreateDisk_Task",
		func(ctx context.Context, vim *vim25.Client, manager ref) (ref, error) {
			res, err := methods.CreateDisk_Task(ctx, vim, &types.CreateDisk_Task{This: manager, Spec: spec})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		}, v.byMark(want.MarkID))
	return v.keepUnless(ctx, made, err)
}
