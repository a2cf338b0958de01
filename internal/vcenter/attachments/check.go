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
func (a *Attachments) Check(ctx context.Context, r Request, before []string) (adds bool, err error) {
	volume, err := a.volumes.Read(ctx, r.VolumeID)
	if err != nil {
		return false, openstack.AttributeErrorf("volume_id", "%w", err)
	}
	if err := CheckSharing(volume, r.Multiattach); err != nil {
		return false, err
	}
	vm, err := a.queue(r).read(ctx)
	if errors.Is(err, openstack.ErrNotFound) {
		return false, openstack.AttributeErrorf("instance_id", "%w", err)
	}
	if err != nil {
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
