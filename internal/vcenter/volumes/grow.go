// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"cmp"
	"context"
	"fmt"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// growsLive is the API of the first vCenter that grows a disk while its machine runs (vsphere-csi-driver, IsOnlineExtendVolumeSupported).
const growsLive = "7.0.2"

// CheckSize refuses a new size in GiB that a volume cannot have: no disk shrinks, and none grows under a snapshot of its own
// (vsphere-csi-driver #2311).
func CheckSize(v openstack.Volume, size int64) error {
	switch {
	case size < v.Size:
		return openstack.AttributeErrorf("size", "the volume %s has %d GiB and cannot shrink to %d GiB", v.Name, v.Size, size)
	case size > v.Size && len(v.Snapshots) > 0:
		return openstack.AttributeErrorf("size", "the volume %s has snapshots, and a disk under a snapshot cannot grow: %s", v.Name,
			snapshotNames(v.Snapshots))
	}
	return nil
}

// CheckGrowth refuses a new size that CheckSize refuses, or that the machines of a volume stand in the way of: a snapshot of one holds the
// disk, or one runs and the vCenter is old, or others may write to the disk too (Broadcom KB 326781).
func (v *Volumes) CheckGrowth(ctx context.Context, volume openstack.Volume, size int64) error {
	if err := CheckSize(volume, size); err != nil || size == volume.Size {
		return err
	}
	held, err := v.Attachments(ctx, volume.ID)
	if err != nil {
		return err
	}
	for _, a := range held {
		if err := v.checkMachine(ctx, volume, a); err != nil {
			return err
		}
	}
	return nil
}

// checkMachine refuses to grow a volume that a machine has.
func (v *Volumes) checkMachine(ctx context.Context, volume openstack.Volume, a openstack.Attachment) error {
	content, err := v.wire.Ask(ctx, property.Query{Object: ref{Type: "VirtualMachine", Value: a.MoRef},
		Paths: []string{"snapshot", "runtime.powerState"}})
	if err != nil {
		return faults.Explain("reading "+a.ServerName, err)
	}
	var vm mo.VirtualMachine
	if err := property.Load(content, &vm); err != nil {
		return faults.Explain("reading "+a.ServerName, err)
	}
	running := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
	if running {
		old, err := v.wire.OlderThan(ctx, growsLive)
		if err != nil {
			return err
		}
		if old {
			return openstack.AttributeErrorf("size", "a vCenter before 7.0 Update 2 does not grow a volume while its machine runs: stop %s first",
				a.ServerName)
		}
	}
	if a.Shared && running {
		return openstack.AttributeErrorf("size", "the volume %s may be written to by several machines, and does not grow while %s runs: stop "+
			"it first", volume.Name, a.ServerName)
	}
	if vm.Snapshot == nil {
		return nil
	}
	holding, err := machine.SnapshotsWith(ctx, v.wire, vm.Snapshot.RootSnapshotList, func(disk *types.VirtualDisk) bool {
		return disk.VDiskId != nil && disk.VDiskId.Id == volume.ID
	})
	if err == nil && len(holding) > 0 {
		err = openstack.AttributeErrorf("size", "snapshots of %s hold the volume %s, and a disk under a snapshot cannot grow: %s",
			a.ServerName, volume.Name, faults.Quoted(holding))
	}
	return err
}

// grow makes a volume larger. What stands in the way is looked for once the vCenter refuses, because that takes calls; a disk that several
// machines may write to is looked at before, because no source tells whether a vCenter refuses then.
func (v *Volumes) grow(ctx context.Context, have located, size int64) error {
	if size < have.Size || have.Multiattach {
		if err := v.obstacle(ctx, have, size); err != nil {
			return err
		}
	}
	err := v.extend(ctx, have, size)
	if err == nil || !faults.DefiniteFault(err) {
		return err
	}
	return cmp.Or(v.obstacle(ctx, have, size), err)
}

// obstacle says what keeps a disk from a size; nil where nothing is known to.
func (v *Volumes) obstacle(ctx context.Context, have located, size int64) error {
	known := have.Volume
	if size > have.Size { // the disk itself does not show its snapshots
		var err error
		if known.Snapshots, err = v.snapshotsOf(ctx, have); err != nil {
			return err
		}
	}
	return v.CheckGrowth(ctx, known, size)
}

// extend has a disk grow to a size in GiB, whether a machine has it or not: the catalogue learns the size only so. A disk that has the
// size already stays as it is, whatever the vCenter makes of being asked twice.
func (v *Volumes) extend(ctx context.Context, have located, size int64) error {
	_, manager, err := v.manager(ctx)
	if err != nil {
		return err
	}
	err = v.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.ExtendDisk_Task(ctx, vim, &types.ExtendDisk_Task{This: manager, Id: types.ID{Id: have.ID}, Datastore: have.store,
			NewCapacityInMB: size << 10})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if faults.Is[*types.InvalidArgument](err) {
		if now, failed := v.locate(ctx, have.ID); failed == nil && now.SizeMB >= size<<10 {
			return nil
		}
	}
	return faults.Explain(fmt.Sprintf("growing the volume %s to %d GiB", have.Name, size), err)
}
