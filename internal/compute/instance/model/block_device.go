// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// BlockDevice is a block_device block.
type BlockDevice struct {
	Source      types.String `tfsdk:"source_type"`
	Destination types.String `tfsdk:"destination_type"`
	UUID        types.String `tfsdk:"uuid"`
	Size        types.Int64  `tfsdk:"volume_size"`
	BootIndex   types.Int64  `tfsdk:"boot_index"`
	Delete      types.Bool   `tfsdk:"delete_on_termination"`
	GuestFormat types.String `tfsdk:"guest_format"`
	Bus         types.String `tfsdk:"disk_bus"`
	DeviceType  types.String `tfsdk:"device_type"`
	VolumeType  types.String `tfsdk:"volume_type"`
	Multiattach types.Bool   `tfsdk:"multiattach"`
}

var blockDeviceType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"source_type": types.StringType, "destination_type": types.StringType, "uuid": types.StringType, "volume_size": types.Int64Type,
	"boot_index": types.Int64Type, "delete_on_termination": types.BoolType, "guest_format": types.StringType, "disk_bus": types.StringType,
	"device_type": types.StringType, "volume_type": types.StringType, "multiattach": types.BoolType,
}}

// BlockDeviceBlocks returns a list's blocks, none while the list is unknown.
func BlockDeviceBlocks(list types.List) (out []BlockDevice) {
	if !list.IsUnknown() {
		out = crud.Elements[BlockDevice](list)
	}
	return out
}

// BlockDevices returns the disks that a list's blocks ask for.
func BlockDevices(list types.List) []openstack.BlockDevice {
	var out []openstack.BlockDevice
	for _, b := range BlockDeviceBlocks(list) {
		out = append(out, openstack.BlockDevice{Source: b.Source.ValueString(), Destination: b.Destination.ValueString(),
			UUID: b.UUID.ValueString(), SizeGiB: b.Size.ValueInt64(), BootIndex: b.BootIndex.ValueInt64Pointer(),
			GuestFormat: b.GuestFormat.ValueString(), Bus: b.Bus.ValueString(), DeviceType: b.DeviceType.ValueString(),
			VolumeType: b.VolumeType.ValueString(), Delete: b.Delete.ValueBoolPointer(), Multiattach: b.Multiattach.ValueBool()})
	}
	return out
}

// KnownBlocks returns the blocks of a list with what is not known of them.
func KnownBlocks(list types.List) []blockdevices.Block {
	out, written := []blockdevices.Block{}, BlockDeviceBlocks(list)
	for i, b := range BlockDevices(list) {
		w := written[i]
		out = append(out, blockdevices.Block{BlockDevice: b, UnknownSize: w.Size.IsUnknown(), UnknownUUID: w.UUID.IsUnknown(),
			Unknown: !crud.Known(w.Source, w.Destination, w.BootIndex, w.GuestFormat, w.Bus)})
	}
	return out
}

// BootsFromVolume reports whether the root disk of the blocks is a volume.
func BootsFromVolume(list types.List) bool { return openstack.BootsFromVolume(BlockDevices(list)) }

// BootsFromVolume reports whether the instance's root disk is a volume.
func (m Instance) BootsFromVolume() bool { return BootsFromVolume(m.BlockDevice) }

// blockDevicesWith keeps the blocks as they are written. An import has none, and takes the recorded ones.
func blockDevicesWith(written types.List, recorded []openstack.BlockDevice) types.List {
	if len(written.Elements()) > 0 {
		return written
	}
	text := func(s string) types.String { return crud.KeepEmpty(types.StringNull(), s) }
	models := make([]BlockDevice, len(recorded))
	for i, b := range recorded {
		models[i] = BlockDevice{Source: text(b.Source), Destination: text(b.Destination), UUID: text(b.UUID),
			BootIndex: types.Int64PointerValue(b.BootIndex), Delete: types.BoolPointerValue(b.Delete), GuestFormat: text(b.GuestFormat),
			Bus: text(b.Bus), DeviceType: text(b.DeviceType), VolumeType: text(b.VolumeType)}
		if b.Multiattach {
			models[i].Multiattach = types.BoolValue(true)
		}
		if b.SizeGiB != 0 {
			models[i].Size = types.Int64Value(b.SizeGiB)
		}
	}
	return crud.ListOf(blockDeviceType, models)
}

// ImageOf returns the image of the root disk's block, where OpenStack accepts it instead of image_id; null where there is none.
func ImageOf(devices types.List) types.String {
	if at := openstack.BootBlock(BlockDevices(devices)); at >= 0 {
		if b := BlockDeviceBlocks(devices)[at]; b.Source.ValueString() == openstack.SourceImage {
			return b.UUID
		}
	}
	return types.StringNull()
}
