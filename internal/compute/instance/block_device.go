package instance

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

type blockDeviceModel struct {
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
	"boot_index":            types.Int64Type,
	"delete_on_termination": types.BoolType, "guest_format": types.StringType, "disk_bus": types.StringType,
	"device_type": types.StringType, "volume_type": types.StringType,
	"multiattach": types.BoolType,
}}

func blockDeviceModels(list types.List) (out []blockDeviceModel) {
	if !list.IsUnknown() {
		out = crud.Elements[blockDeviceModel](list)
	}
	return out
}

func blockDevices(list types.List) []openstack.BlockDevice {
	var out []openstack.BlockDevice
	for _, b := range blockDeviceModels(list) {
		out = append(out, openstack.BlockDevice{Source: b.Source.ValueString(), Destination: b.Destination.ValueString(),
			UUID: b.UUID.ValueString(), SizeGiB: b.Size.ValueInt64(),
			BootIndex: b.BootIndex.ValueInt64Pointer(), GuestFormat: b.GuestFormat.ValueString(), Bus: b.Bus.ValueString(),
			DeviceType: b.DeviceType.ValueString(),
			VolumeType: b.VolumeType.ValueString(), Delete: b.Delete.ValueBoolPointer()})
	}
	return out
}

// sameBlocks says that two lists ask for the same disks. What becomes of local disks with the instance is no matter, and the size of
// the root disk is the flavor's: a resize changes it.
func sameBlocks(a, b []openstack.BlockDevice) bool {
	return slices.EqualFunc(a, b, func(x, y openstack.BlockDevice) bool {
		xi, yi := x.BootIndex, y.BootIndex
		x.BootIndex, y.BootIndex, x.Delete, y.Delete = nil, nil, nil, nil
		if x.Source == "image" {
			x.SizeGiB, y.SizeGiB = 0, 0
		}
		return x == y && (xi == nil) == (yi == nil) && (xi == nil || *xi == *yi)
	})
}

// blockDevicesWith keeps the blocks as they were written; an import has none and takes those that are recorded.
func blockDevicesWith(was types.List, now []openstack.BlockDevice) types.List {
	if len(was.Elements()) > 0 {
		return was
	}
	text := func(s string) types.String {
		if s == "" {
			return types.StringNull()
		}
		return types.StringValue(s)
	}
	models := make([]blockDeviceModel, len(now))
	for i, b := range now {
		models[i] = blockDeviceModel{Source: text(b.Source), Destination: text(b.Destination), UUID: text(b.UUID),
			BootIndex: types.Int64PointerValue(b.BootIndex),
			Delete:    types.BoolPointerValue(b.Delete), GuestFormat: text(b.GuestFormat), Bus: text(b.Bus), DeviceType: text(b.DeviceType),
			VolumeType: text(b.VolumeType)}
		if b.SizeGiB != 0 {
			models[i].Size = types.Int64Value(b.SizeGiB)
		}
	}
	return crud.ListOf(blockDeviceType, models)
}

type fileModel struct {
	File    types.String `tfsdk:"file"`
	Content types.String `tfsdk:"content"`
}

// personality is the files to write, in the order of their paths.
func personality(blocks types.List) []openstack.File {
	var models []fileModel
	if !blocks.IsUnknown() {
		models = crud.Elements[fileModel](blocks)
	}
	var files []openstack.File
	for _, m := range models {
		files = append(files, openstack.File{Path: m.File.ValueString(), Content: m.Content.ValueString()})
	}
	return openstack.SortedFiles(files)
}
