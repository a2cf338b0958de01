// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Attachments are the machines below the provider's folder that have a volume. Volumes that are asked about at that moment are looked for
// together.
func (v *Volumes) Attachments(ctx context.Context, id string) ([]openstack.Attachment, error) {
	return v.holders.Ask(ctx, id)
}

func (v *Volumes) attachmentsTogether(ctx context.Context, ids []string) []wire.Outcome[[]openstack.Attachment] {
	byVolume, kept := v.attached.kept(ids)
	if !kept {
		var err error
		byVolume, err = v.attached.read(ids, func() (map[string][]openstack.Attachment, error) { return v.AllAttachments(ctx) })
		if err != nil {
			return wire.AllFailed[[]openstack.Attachment](len(ids), err)
		}
	}
	out := make([]wire.Outcome[[]openstack.Attachment], len(ids))
	for i, id := range ids {
		out[i].Value = byVolume[id]
	}
	return out
}

// AllAttachments are the first class disks of all machines below the provider's folder, by their ids.
func (v *Volumes) AllAttachments(ctx context.Context) (map[string][]openstack.Attachment, error) {
	vms, err := v.machines(ctx)
	out := map[string][]openstack.Attachment{}
	for _, vm := range vms {
		for _, a := range AttachmentsOf(vm) {
			out[a.VolumeID] = append(out[a.VolumeID], a)
		}
	}
	return out, err
}

// machinePaths are what tells which volumes a machine has.
var machinePaths = []string{"name", "config.instanceUuid", "config.version", "config.hardware.device"}

// machines reads those below the provider's folder with one query.
func (v *Volumes) machines(ctx context.Context) ([]mo.VirtualMachine, error) {
	folder, err := v.inventory.Places.Folder(ctx, v.inventory.Config.Folder, false)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil // nothing was made yet
	}
	if err != nil {
		return nil, err
	}
	vms, err := wire.ListReadable[mo.VirtualMachine](ctx, v.wire, property.Below(folder), map[string][]string{"VirtualMachine": machinePaths})
	return vms, faults.Explain("looking for the volumes' machines", err)
}

// AttachmentsOf are the first class disks of a machine, of which name, config.instanceUuid, config.hardware.device, and better
// config.version too, were read.
func AttachmentsOf(vm mo.VirtualMachine) (out []openstack.Attachment) {
	if vm.Config == nil {
		return nil
	}
	devices := vm.Config.Hardware.Device
	slots := hardware.SlotsOf(devices, vm.Config.Version)
	for _, disk := range machine.DisksOf(vm) {
		if disk.VDiskId == nil {
			continue
		}
		a := openstack.Attachment{VolumeID: disk.VDiskId.Id, ServerID: vm.Config.InstanceUuid, ServerName: property.UnescapeName(vm.Name),
			MoRef: vm.Self.Value, DiskUUID: hardware.BackingUUID(disk)}
		if at, ok := slots.PlaceOf(disk); ok {
			a.Place, a.Device = at.String(), hardware.DeviceName(devices, vm.Config.Version, at)
			a.DiskByID = hardware.DiskByID(at, a.DiskUUID)
		}
		if flat, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
			a.Shared = flat.Sharing == string(types.VirtualDiskSharingSharingMultiWriter)
		}
		out = append(out, a)
	}
	return out
}
