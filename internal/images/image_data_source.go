// SPDX-License-Identifier: MPL-2.0

// Package images implements the data sources of the image service.
package images

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ImageData finds one image: a VM template or a content library item.
var ImageData = crud.DataSource[*vcenter.Client, imageModel]{
	Name: "images_image", Schema: imageSchema, Read: readImage,
	Validators: []datasource.ConfigValidator{datasourcevalidator.AtLeastOneOf(
		path.MatchRoot("image_id"), path.MatchRoot("name"), path.MatchRoot("name_regex"), path.MatchRoot("properties"),
		path.MatchRoot("tag"), path.MatchRoot("tags"), path.MatchRoot("owner"), path.MatchRoot("visibility"), path.MatchRoot("disk_format"),
		path.MatchRoot("container_format"), path.MatchRoot("size_min"), path.MatchRoot("size_max"), path.MatchRoot("hidden"),
		path.MatchRoot("member_status"))},
}

func imageSchema(context.Context) schema.Schema {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one image: a VM template of the datacenter, an item of a content library, or an image of OpenStack. A " +
			"library item is deployed once per datastore to a template that all of its instances are cloned from. A search by `name` alone asks " +
			"folder by folder and costs the same however many virtual machines there are; any other search reads the list of all of them. A " +
			"template goes before a library item of the same name. No instance can be made from an image that is in OpenStack only: a warning " +
			"says what to do, and names the properties that mean nothing on vSphere.",
		Attributes: crud.Sourced(found(map[string]schema.Attribute{
			"id":       text("The image's id: a template's instance UUID, a library item's id, or the id that OpenStack has for it."),
			"image_id": schema.StringAttribute{MarkdownDescription: "Look for this id. Not known to the OpenStack provider.", Optional: true},
			"most_recent": schema.BoolAttribute{MarkdownDescription: "Of several images that fit take the one made last. Otherwise several are " +
				"an error that lists them.", Optional: true},
			"metadata": schema.MapAttribute{MarkdownDescription: "All of the image's properties: `hw_*`, `os_*`, `vmware_*`, `img_*` and " +
				"`novasphere_*`, from the template's custom attributes of those names, then from its advanced parameters `novasphere.image.*`; or " +
				"OpenStack's own.", Computed: true, ElementType: types.StringType},
			"size_bytes": schema.Int64Attribute{MarkdownDescription: "The size of the file that the image was made of, in bytes; where that " +
				"is not known, the capacity of a template's root disk, or what a library item takes.", Computed: true},
			"min_disk_gb": schema.Int64Attribute{MarkdownDescription: "The smallest root disk that the image fits on, in GiB; 0 where that is " +
				"not known before it is deployed.", Computed: true},
			"created_at": text("When it was made, RFC 3339."),
			"updated_at": text("When it was last changed, RFC 3339."),
			"file":       text("Where it is: the template's inventory path below the VM folder, or `library/item`; empty in OpenStack."),
			"min_ram_mb": schema.Int64Attribute{MarkdownDescription: "The least memory that an instance of it may have, in MB.", Computed: true},
			"checksum":   text("The MD5 of the file that the image was made of; empty where nobody has reckoned it."),
			"protected":  schema.BoolAttribute{MarkdownDescription: "Whether its resource keeps it from being deleted.", Computed: true},
			"schema":     text("Always empty."),
		})),
	}
}

// found adds the search arguments, and makes those computed whose value the data source fills in if they are not set.
func found(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	for name, asked := range searchAttributes() {
		switch of := asked.(type) {
		case schema.StringAttribute:
			of.Computed = slices.Contains([]string{"name", "container_format", "disk_format", "owner", "visibility"}, name)
			asked = of
		case schema.SetAttribute:
			of.Computed = true
			asked = of
		case schema.MapAttribute:
			of.Computed = true
			asked = of
		case schema.BoolAttribute:
			of.Computed = true
			asked = of
		}
		attributes[name] = asked
	}
	return attributes
}

type imageModel struct {
	search
	ID         types.String `tfsdk:"id"`
	ImageID    types.String `tfsdk:"image_id"`
	MostRecent types.Bool   `tfsdk:"most_recent"`
	Metadata   types.Map    `tfsdk:"metadata"`
	SizeBytes  types.Int64  `tfsdk:"size_bytes"`
	MinDisk    types.Int64  `tfsdk:"min_disk_gb"`
	MinRAM     types.Int64  `tfsdk:"min_ram_mb"`
	Created    types.String `tfsdk:"created_at"`
	Updated    types.String `tfsdk:"updated_at"`
	File       types.String `tfsdk:"file"`
	Checksum   types.String `tfsdk:"checksum"`
	Protected  types.Bool   `tfsdk:"protected"`
	JSONSchema types.String `tfsdk:"schema"`
	Source     types.String `tfsdk:"source"`
	FoundIn    types.String `tfsdk:"found_in"`
}

func readImage(ctx context.Context, client *vcenter.Client, m imageModel) (imageModel, error) {
	query, err := m.query(ctx, client)
	if err != nil {
		return m, err
	}
	if err := m.sort(nil); err != nil { // only checks the keys: most_recent alone chooses an image
		return m, err
	}
	query.ID, query.MostRecent = m.ImageID.ValueString(), m.MostRecent.ValueBool()
	image, in, err := client.Images.Lookup(ctx, m.Source.ValueString(), query)
	if m.FoundIn = types.StringValue(in); err == nil && in == openstack.SourceOpenStack {
		warnForeignImage(ctx, client, image)
	}
	return m.with(image), err
}

// warnForeignImage warns once why an image of OpenStack cannot be cloned on vSphere, and which of its properties have no effect there.
func warnForeignImage(ctx context.Context, client *vcenter.Client, image openstack.Image) {
	text := fmt.Sprintf("The image %s (%s) is in the OpenStack cloud %s, and instances are made from templates and library items of the "+
		"vCenter. %s",
		image.Name, image.ID, client.Config.Cloud.Name(), vmspec.ComesHere(image))
	if lost := vmspec.PassedOver(image.Properties); len(lost) > 0 {
		text += ". These of its properties mean nothing on vSphere: " + strings.Join(lost, ", ")
	}
	crud.WarnOnce(ctx, client.Planned, "The image "+image.Name+" of OpenStack on vSphere", text)
}

// with returns the model of a found image. An argument that is written stays as it is.
func (m imageModel) with(i openstack.Image) imageModel {
	m.ID, m.Name, m.Metadata = types.StringValue(i.ID), types.StringValue(i.Name), crud.MapOf(i.Properties)
	m.SizeBytes, m.MinDisk, m.MinRAM = types.Int64Value(i.Bytes()), types.Int64Value(i.LeastDisk()), types.Int64Value(i.MinRAM)
	m.Container, m.DiskFormat, m.File = types.StringValue(i.Container), types.StringValue(i.DiskFormat), types.StringValue(i.Path)
	m.Checksum, m.Protected, m.JSONSchema = types.StringValue(i.Checksum), types.BoolValue(i.Protected), types.StringValue("")
	if m.Hidden.IsNull() {
		m.Hidden = types.BoolValue(i.Hidden)
	}
	if m.Tags.IsNull() {
		m.Tags = crud.SetOf(i.Tags)
	}
	if m.Properties.IsNull() {
		m.Properties = m.Metadata
	}
	if m.Owner.IsNull() {
		m.Owner = types.StringValue("")
	}
	if m.Visibility.IsNull() {
		m.Visibility = types.StringValue(i.Visibility)
	}
	m.Created, m.Updated = crud.TimeValue(i.Created), crud.TimeValue(i.Updated)
	return m
}
