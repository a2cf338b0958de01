// SPDX-License-Identifier: MPL-2.0

package attachments

import (
	"context"
	"errors"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Check refuses an attachment that cannot be made as the machine and the volume are now: the volume was made for another kind of sharing,
// the machine's host does not mount its datastore, or no place is left. before are the volumes that the machine is to get before this one.
// adds tells that the machine needs another controller for it. A volume that another machine has may be taken off there before.
//
// A walk checks each attachment when it is planned, and once more before it is made. What was read before only allows: nothing is refused
// without a fresh look.
func (a *Attachments) Check(ctx context.Context, r Request, before []string) (adds bool, err error) {
	volume, fresh, err := a.known(ctx, r.VolumeID)
	if err != nil {
		return false, openstack.AttributeErrorf("volume_id", "%w", err)
	}
	q := a.queue(r)
	vm, read, err := q.look(ctx)
	if err == nil {
		adds, err = a.checkAs(ctx, vm, volume, r, before)
	}
	if (err != nil || adds) && (!fresh || !read) {
		if volume, err = a.volumes.Read(ctx, r.VolumeID); err != nil {
			return false, openstack.AttributeErrorf("volume_id", "%w", err)
		}
		if vm, err = q.read(ctx); err == nil {
			adds, err = a.checkAs(ctx, vm, volume, r, before)
		}
	}
	if errors.Is(err, openstack.ErrNotFound) {
		err = openstack.AttributeErrorf("instance_id", "%w", err)
	}
	return adds, err
}

// known returns a volume as it was read. The first is read by itself; where there are more, this provider's are listed once for all of
// them.
func (a *Attachments) known(ctx context.Context, id string) (v openstack.Volume, fresh bool, err error) {
	if a.checks.Add(1) > 1 {
		listed, err := a.listed.Get(func() (map[string]openstack.Volume, error) {
			all, err := a.volumes.List(ctx)
			out := map[string]openstack.Volume{}
			for _, one := range all {
				out[one.ID] = one
			}
			return out, err
		})
		if v, ok := listed[id]; ok && err == nil {
			return v, false, nil
		}
	}
	v, err = a.volumes.Read(ctx, id)
	return v, true, err
}

// checkAs is Check for a machine and a volume as they were read.
func (a *Attachments) checkAs(ctx context.Context, vm mo.VirtualMachine, volume openstack.Volume, r Request,
	before []string) (adds bool, err error) {
	if err := CheckSharing(volume, r.Multiattach); err != nil {
		return false, err
	}
	if _, has := on(vm, r.VolumeID); has {
		return false, nil
	}
	if err := a.checkReach(ctx, vm, volume); err != nil {
		return false, err
	}
	nth := 1
	for _, volume := range before {
		if _, has := on(vm, volume); !has {
			nth++
		}
	}
	return checkPlaces(vm, nth)
}

// checkPlaces refuses more volumes than a machine has places for, or tells that it needs another controller for that many.
func checkPlaces(vm mo.VirtualMachine, nth int) (adds bool, err error) {
	p := pluggable(vm)
	if nth > p.Free()+p.Addable() {
		return false, openstack.AttributeErrorf("instance_id", "%s", noPlace(vm))
	}
	return nth > p.Free(), nil
}
