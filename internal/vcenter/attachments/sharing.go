// SPDX-License-Identifier: MPL-2.0

package attachments

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// CheckSharing refuses an attachment that several machines may have of a volume that was not made for it, and the other way round: a
// vCenter opens a disk either for one machine or for several (Broadcom KB 326781).
func CheckSharing(volume openstack.Volume, multiattach bool) error {
	switch {
	case multiattach && !volume.Multiattach:
		return openstack.AttributeErrorf("multiattach", "the volume %s was made for one instance at a time: leave multiattach out, or make a "+
			"volume with multiattach = true", volume.Name)
	case !multiattach && volume.Multiattach:
		return openstack.AttributeErrorf("multiattach", "the volume %s was made for several instances at once: write multiattach = true in each "+
			"of its attachments", volume.Name)
	}
	return nil
}

// checkSharers refuses to share a volume that a machine has for itself alone.
func (t *attaching) checkSharers(ctx context.Context, vm mo.VirtualMachine) error {
	holders, err := t.volumes.Holders(ctx, t.volume, t.store)
	if err != nil {
		return err
	}
	var questions []property.Query
	for _, holder := range holders {
		if holder.MoRef != vm.Self.Value {
			questions = append(questions, property.Query{Object: ref{Type: "VirtualMachine", Value: holder.MoRef}, Paths: Paths})
		}
	}
	if len(questions) == 0 {
		return nil
	}
	found, err := t.wire.Retrieve(ctx, questions)
	if err != nil {
		return faults.Explain("reading the machines that have the volume "+t.volume.Name, err)
	}
	for _, content := range found {
		var other mo.VirtualMachine
		if err := property.Load(content, &other); err != nil {
			return faults.Explain("reading the machines that have the volume "+t.volume.Name, err)
		}
		if has, ok := on(other, t.wanted.VolumeID); ok && !has.Shared {
			return openstack.AttributeErrorf("multiattach", "%s has the volume %s for itself alone: detach it there first, and attach it with "+
				"multiattach = true", has.ServerName, t.volume.Name)
		}
	}
	return nil
}

// share has the machine get the volume beside others. AttachDisk_Task knows of no sharing, so that it is a reconfigure. The disk is
// independent of the machine's snapshots, which it would prevent otherwise.
func (t *attaching) share(ctx context.Context, vm mo.VirtualMachine, controller int32) error {
	disk := &types.VirtualDisk{VDiskId: &types.ID{Id: t.volume.ID}, CapacityInKB: t.volume.SizeMB << 10,
		CapacityInBytes: t.volume.SizeMB << 20}
	disk.Key, disk.ControllerKey, disk.UnitNumber = hardware.RootDiskKey, controller, &t.place.Unit
	backing := &types.VirtualDiskFlatVer2BackingInfo{DiskMode: string(types.VirtualDiskModeIndependent_persistent),
		Sharing: string(types.VirtualDiskSharingSharingMultiWriter)}
	backing.FileName, backing.Datastore = t.volume.File, &t.store
	disk.Backing = backing
	run := t.run("ReconfigVM_Task", vm.Self)
	err := t.wire.ReconfigureWith(ctx, run, vm.Self, types.VirtualMachineConfigSpec{ChangeVersion: vm.Config.ChangeVersion,
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{hardware.Add(disk)}})
	return t.after(run, err)
}
