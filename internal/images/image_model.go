// SPDX-License-Identifier: MPL-2.0

package images

import (
	"cmp"
	"maps"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// madeModel is the resource as Terraform holds it.
type madeModel struct {
	ID         types.String `tfsdk:"id"`
	ImageID    types.String `tfsdk:"image_id"`
	Name       types.String `tfsdk:"name"`
	Container  types.String `tfsdk:"container_format"`
	DiskFormat types.String `tfsdk:"disk_format"`

	LocalPath   types.String `tfsdk:"local_file_path"`
	URL         types.String `tfsdk:"image_source_url"`
	Username    types.String `tfsdk:"image_source_username"`
	Password    types.String `tfsdk:"image_source_password"`
	CachePath   types.String `tfsdk:"image_cache_path"`
	FileSum     types.String `tfsdk:"image_checksum"`
	Decompress  types.Bool   `tfsdk:"decompress"`
	WebDownload types.Bool   `tfsdk:"web_download"`
	VerifySum   types.Bool   `tfsdk:"verify_checksum"`

	Storage types.String `tfsdk:"storage"`
	Library types.String `tfsdk:"library"`
	Via     types.String `tfsdk:"upload_via"`
	Cached  types.Bool   `tfsdk:"datastore_cache"`

	Tags       types.Set    `tfsdk:"tags"`
	Properties types.Map    `tfsdk:"properties"`
	MinDisk    types.Int64  `tfsdk:"min_disk_gb"`
	MinRAM     types.Int64  `tfsdk:"min_ram_mb"`
	Protected  types.Bool   `tfsdk:"protected"`
	Hidden     types.Bool   `tfsdk:"hidden"`
	Visibility types.String `tfsdk:"visibility"`
	Region     types.String `tfsdk:"region"`

	Checksum   types.String   `tfsdk:"checksum"`
	SizeBytes  types.Int64    `tfsdk:"size_bytes"`
	Status     types.String   `tfsdk:"status"`
	File       types.String   `tfsdk:"file"`
	Owner      types.String   `tfsdk:"owner"`
	JSONSchema types.String   `tfsdk:"schema"`
	Created    types.String   `tfsdk:"created_at"`
	Updated    types.String   `tfsdk:"updated_at"`
	Metadata   types.Map      `tfsdk:"metadata"`
	Timeouts   timeouts.Value `tfsdk:"timeouts"`
}

// emptyImage is a model in which nothing is written.
func emptyImage() madeModel {
	return madeModel{Tags: types.SetNull(types.StringType), Properties: types.MapNull(types.StringType),
		Timeouts: timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType})}}
}

func uuidSpelling() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
}

// fetched reports whether the vCenter fetches the file by itself.
func (m madeModel) fetched() bool { return m.WebDownload.ValueBool() }

// inLibrary reports whether the image is kept in a content library.
func (m madeModel) inLibrary() bool { return m.Storage.ValueString() == openstack.StoredInLibrary }

// compressed reports whether the file is to be decompressed.
func (m madeModel) compressed() bool {
	return m.Decompress.ValueBool() || m.Container.ValueString() == containerCompressed
}

// spec is the image as asked for.
func (m madeModel) spec() openstack.ImageSpec {
	return openstack.ImageSpec{ID: strings.ToLower(m.ImageID.ValueString()), Name: m.Name.ValueString(),
		DiskFormat: m.DiskFormat.ValueString(), Container: m.Container.ValueString(), Properties: crud.StringMap(m.Properties),
		Tags: crud.Strings(m.Tags), MinDisk: m.MinDisk.ValueInt64(), MinRAM: m.MinRAM.ValueInt64(), Protected: m.Protected.ValueBool(),
		Hidden:     m.Hidden.ValueBool(),
		Visibility: m.Visibility.ValueString(), Storage: m.Storage.ValueString(), Library: m.Library.ValueString(),
		Cached: m.Cached.ValueBool()}
}

// with returns the model of an observed image. What only says what it was made of stays as written.
func (m madeModel) with(i openstack.Image) madeModel {
	m.ID, m.Name = types.StringValue(i.ID), types.StringValue(i.Name)
	if !strings.EqualFold(m.ImageID.ValueString(), i.ID) { // a written one keeps its letters
		m.ImageID = m.ID
	}
	m.Container, m.DiskFormat = types.StringValue(i.Container), types.StringValue(i.DiskFormat)
	m.Storage, m.Library = types.StringValue(i.Storage), crud.KeepEmpty(m.Library, i.Library)
	m.Tags, m.Properties = crud.KeepEmptySet(m.Tags, i.Tags), writtenProperties(m.Properties, i.Properties)
	m.MinDisk, m.MinRAM = types.Int64Value(i.MinDisk), types.Int64Value(i.MinRAM)
	m.Protected, m.Hidden, m.Cached = types.BoolValue(i.Protected), types.BoolValue(i.Hidden), types.BoolValue(i.Cached)
	m.Visibility = types.StringValue(cmp.Or(i.Visibility, m.Visibility.ValueString(), defaultVisibility))
	m.Checksum, m.SizeBytes = types.StringValue(i.Checksum), types.Int64Value(i.Bytes())
	m.Status, m.File = types.StringValue("active"), types.StringValue(i.Path)
	m.Owner, m.JSONSchema, m.Metadata = types.StringValue(""), types.StringValue(""), crud.MapOf(nil)
	m.Created, m.Updated = crud.TimeValue(i.Created), crud.TimeValue(i.Updated)
	return m
}

// writtenProperties are the properties of an image as the model shows them: those that it has already, with their present values, or all
// of them where it has none. Others may be custom attributes of the template, which no update of the image takes away.
func writtenProperties(was types.Map, found map[string]string) types.Map {
	if was.IsNull() || was.IsUnknown() {
		return crud.MapOf(found)
	}
	shown := maps.Clone(found)
	maps.DeleteFunc(shown, func(key, _ string) bool { return was.Elements()[key] == nil })
	return crud.MapOf(shown)
}
