// Package images is Terraform's side of the image service.
package images

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
		path.MatchRoot("image_id"), path.MatchRoot("name"), path.MatchRoot("name_regex"), path.MatchRoot("properties"))},
}

func imageSchema(context.Context) schema.Schema {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one image: a VM template of the datacenter, an item of a content library, or an image of OpenStack. A library item is deployed once per datastore to a template that " +
			"all of its instances are cloned from. A search by `name` alone asks folder by folder and costs the same however many virtual machines there are; any other search reads the list of all of them. " +
			"A template goes before a library item of the same name. " +
			"No instance can be made from an image that is in OpenStack only: a warning says what to do, and names the properties that mean nothing on vSphere.",
		Attributes: crud.Sourced(map[string]schema.Attribute{
			"id":          text("The image's id: a template's instance UUID, a library item's id, or the id that OpenStack has for it."),
			"image_id":    schema.StringAttribute{MarkdownDescription: "Look for this id. Not known to the OpenStack provider.", Optional: true},
			"name":        schema.StringAttribute{MarkdownDescription: "The image's exact name.", Optional: true, Computed: true},
			"name_regex":  schema.StringAttribute{MarkdownDescription: "A regular expression (RE2) that the name must match.", Optional: true},
			"most_recent": schema.BoolAttribute{MarkdownDescription: "Of several images that fit take the one made last. Otherwise several are an error that lists them.", Optional: true},
			"properties": schema.MapAttribute{MarkdownDescription: "Properties that the image must have, with these values.",
				Optional: true, ElementType: types.StringType},
			"size_min": schema.Int64Attribute{MarkdownDescription: "At least so large, in bytes.", Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)}},
			"size_max": schema.Int64Attribute{MarkdownDescription: "At most so large, in bytes.", Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)}},
			"metadata": schema.MapAttribute{MarkdownDescription: "All of the image's properties: `hw_*`, `os_*`, `vmware_*`, `img_*` and `novasphere_*`, from the template's custom attributes of those names, " +
				"then from its advanced parameters `novasphere.image.*`; or OpenStack's own.", Computed: true, ElementType: types.StringType},
			"size_bytes":       schema.Int64Attribute{MarkdownDescription: "Capacity of a template's root disk, or what a library item or an image of OpenStack takes where it is stored, in bytes.", Computed: true},
			"min_disk_gb":      schema.Int64Attribute{MarkdownDescription: "The smallest root disk that the image fits on, in GiB; 0 where that is not known before it is deployed.", Computed: true},
			"container_format": text("`bare` for a template, `ova` for an OVF item of a library, or what OpenStack says."),
			"disk_format":      text("`vmdk` in a vCenter, or what OpenStack says."),
			"created_at":       text("When it was made, RFC 3339."),
			"updated_at":       text("When it was last changed, RFC 3339."),
			"file":             text("Where it is: the template's inventory path below the VM folder, or `library/item`; empty in OpenStack."),
		}),
	}
}

type imageModel struct {
	ID         types.String `tfsdk:"id"`
	ImageID    types.String `tfsdk:"image_id"`
	Name       types.String `tfsdk:"name"`
	NameRegex  types.String `tfsdk:"name_regex"`
	MostRecent types.Bool   `tfsdk:"most_recent"`
	Properties types.Map    `tfsdk:"properties"`
	SizeMin    types.Int64  `tfsdk:"size_min"`
	SizeMax    types.Int64  `tfsdk:"size_max"`
	Metadata   types.Map    `tfsdk:"metadata"`
	SizeBytes  types.Int64  `tfsdk:"size_bytes"`
	MinDisk    types.Int64  `tfsdk:"min_disk_gb"`
	Container  types.String `tfsdk:"container_format"`
	DiskFormat types.String `tfsdk:"disk_format"`
	Created    types.String `tfsdk:"created_at"`
	Updated    types.String `tfsdk:"updated_at"`
	File       types.String `tfsdk:"file"`
	Source     types.String `tfsdk:"source"`
	FoundIn    types.String `tfsdk:"found_in"`
}

func readImage(ctx context.Context, client *vcenter.Client, m imageModel) (imageModel, error) {
	query, err := m.query()
	if err != nil {
		return m, err
	}
	image, in, err := client.FindImage(ctx, m.Source.ValueString(), query)
	if m.FoundIn = types.StringValue(in); err == nil && in == openstack.SourceOpenStack {
		warnForeignImage(ctx, client, image)
	}
	return m.with(image), err
}

// warnForeignImage says what keeps an image of OpenStack from being cloned here, and what it says that means nothing here, once.
func warnForeignImage(ctx context.Context, client *vcenter.Client, image openstack.Image) {
	text := fmt.Sprintf("The image %s (%s) is in the OpenStack cloud %s, and instances are made from templates and library items of the vCenter. %s",
		image.Name, image.ID, client.Config.Cloud.Name(), vmspec.ComesHere(image))
	if lost := vmspec.PassedOver(image.Properties); len(lost) > 0 {
		text += ". These of its properties mean nothing on vSphere: " + strings.Join(lost, ", ")
	}
	crud.WarnOnce(ctx, client, "The image "+image.Name+" of OpenStack on vSphere", text)
}

func (m imageModel) query() (vcenter.ImageQuery, error) {
	q := vcenter.ImageQuery{ID: m.ImageID.ValueString(), Name: m.Name.ValueString(), SizeMin: m.SizeMin.ValueInt64(), SizeMax: m.SizeMax.ValueInt64(),
		MostRecent: m.MostRecent.ValueBool(), Properties: map[string]string{}}
	for key, value := range m.Properties.Elements() {
		if text, ok := value.(types.String); ok {
			q.Properties[key] = text.ValueString()
		}
	}
	if m.NameRegex.ValueString() == "" {
		return q, nil
	}
	var err error
	if q.NameRegex, err = regexp.Compile(m.NameRegex.ValueString()); err != nil {
		return q, openstack.Wrong("name_regex", "%q is not a regular expression: %w", m.NameRegex.ValueString(), err)
	}
	return q, nil
}

func (m imageModel) with(i openstack.Image) imageModel {
	metadata := map[string]attr.Value{}
	for key, value := range i.Properties {
		metadata[key] = types.StringValue(value)
	}
	m.ID, m.Name, m.Metadata = types.StringValue(i.ID), types.StringValue(i.Name), types.MapValueMust(types.StringType, metadata)
	m.SizeBytes, m.MinDisk = types.Int64Value(i.SizeBytes), types.Int64Value(i.MinDisk)
	m.Container, m.DiskFormat, m.File = types.StringValue(i.Container), types.StringValue(i.DiskFormat), types.StringValue(i.Path)
	m.Created, m.Updated = types.StringValue(i.Created.UTC().Format(time.RFC3339)), types.StringValue(i.Updated.UTC().Format(time.RFC3339))
	return m
}
