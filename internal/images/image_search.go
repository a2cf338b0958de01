// SPDX-License-Identifier: MPL-2.0

package images

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
)

// search holds the arguments that images can be found by, besides the id.
type search struct {
	Name         types.String `tfsdk:"name"`
	NameRegex    types.String `tfsdk:"name_regex"`
	Properties   types.Map    `tfsdk:"properties"`
	SizeMin      types.Int64  `tfsdk:"size_min"`
	SizeMax      types.Int64  `tfsdk:"size_max"`
	Container    types.String `tfsdk:"container_format"`
	DiskFormat   types.String `tfsdk:"disk_format"`
	Hidden       types.Bool   `tfsdk:"hidden"`
	Tag          types.String `tfsdk:"tag"`
	Tags         types.Set    `tfsdk:"tags"`
	Owner        types.String `tfsdk:"owner"`
	Visibility   types.String `tfsdk:"visibility"`
	MemberStatus types.String `tfsdk:"member_status"`
	Order        types.String `tfsdk:"sort"`
	Region       types.String `tfsdk:"region"`
}

func searchAttributes() map[string]schema.Attribute {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	bytes := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)}}
	}
	return map[string]schema.Attribute{
		"name": text("The image's exact name. Not beside `name_regex`."),
		"name_regex": schema.StringAttribute{MarkdownDescription: "A regular expression (RE2) that the name must match. Not beside `name`.",
			Optional: true, Validators: []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("name"))}},
		"properties": schema.MapAttribute{MarkdownDescription: "Properties that the image must have, with these values.",
			Optional: true, ElementType: types.StringType},
		"size_min": bytes("At least so large, in bytes."),
		"size_max": bytes("At most so large, in bytes."),
		"container_format": text("What the image was made of: `bare`, `ova` and their like, or what OpenStack says. Where nothing tells it: " +
			"`bare` for a template, `ova` for an item of a library."),
		"disk_format": text("What the image was made of: `qcow2`, `raw`, `vmdk` or `iso`, or what OpenStack says. Where nothing tells it: " +
			"`vmdk`."),
		"hidden": schema.BoolAttribute{MarkdownDescription: "`true`: hidden images, and no others. Unset: none of them.", Optional: true},
		"tag":    text("A tag that the image must have. Images that others made have none."),
		"tags": schema.SetAttribute{MarkdownDescription: "Tags that the image must have, all of them. Images that others made have none.",
			Optional: true, ElementType: types.StringType},
		"owner": text("Accepted without effect, with a warning: an image is everybody's who may use it in the vCenter."),
		"visibility": schema.StringAttribute{MarkdownDescription: "`public`, `private`, `shared` or `community`: as the image's resource says. " +
			"Images that others made are found with each of them.", Optional: true,
			Validators: []validator.String{stringvalidator.OneOf(visibilities...)}},
		"member_status": schema.StringAttribute{MarkdownDescription: "`accepted`, `pending`, `rejected` or `all`. Accepted without effect: " +
			"nobody is given an image.", Optional: true,
			Validators: []validator.String{stringvalidator.OneOf("accepted", "pending", "rejected", "all")}},
		"sort":   text("What the images are sorted by: " + imageKeys.Names() + ", each with `:asc` or `:desc`, separated by commas."),
		"region": crud.DataRegion(),
	}
}

// imageKeys are the sort keys of images, under Glance's names.
var imageKeys = crud.SortKeys[openstack.Image]{
	"id":               func(i openstack.Image) string { return i.ID },
	"name":             func(i openstack.Image) string { return i.Name },
	"container_format": func(i openstack.Image) string { return i.Container },
	"disk_format":      func(i openstack.Image) string { return i.DiskFormat },
	"created_at":       func(i openstack.Image) string { return i.Created.UTC().Format(time.RFC3339) },
	"updated_at":       func(i openstack.Image) string { return i.Updated.UTC().Format(time.RFC3339) },
	"size":             func(i openstack.Image) string { return crud.SortableNumber(i.Bytes()) },
	"status":           func(openstack.Image) string { return "active" },
}

// query converts the search to a image.Query, without an id.
func (s search) query(ctx context.Context, client *vcenter.Client) (image.Query, error) {
	q := image.Query{Name: s.Name.ValueString(), SizeMin: s.SizeMin.ValueInt64(), SizeMax: s.SizeMax.ValueInt64(),
		Properties: crud.StringMap(s.Properties), Container: s.Container.ValueString(), DiskFormat: s.DiskFormat.ValueString(),
		Hidden: s.Hidden.ValueBool(), Tags: crud.Strings(s.Tags), Visibility: s.Visibility.ValueString()}
	if tag := s.Tag.ValueString(); tag != "" {
		q.Tags = append(q.Tags, tag)
	}
	if s.Owner.ValueString() != "" {
		crud.WarnOnce(ctx, client.Planned, "No search by owner", "owner does not narrow a search for images: an image is everybody's who may "+
			"use it in the vCenter")
	}
	if s.NameRegex.ValueString() == "" {
		return q, nil
	}
	var err error
	if q.NameRegex, err = regexp.Compile(s.NameRegex.ValueString()); err != nil {
		return q, openstack.AttributeErrorf("name_regex", "%q is not a regular expression: %w", s.NameRegex.ValueString(), err)
	}
	return q, nil
}

// sort sorts images by the keys of the argument sort, of which the first counts most.
func (s search) sort(all []openstack.Image) error {
	keys := strings.Split(s.Order.ValueString(), ",")
	slices.Reverse(keys)
	for _, key := range keys {
		name, direction, _ := strings.Cut(strings.TrimSpace(key), ":")
		if err := imageKeys.Sort(all, types.StringValue(name), types.StringValue(direction)); err != nil {
			return openstack.AttributeErrorf("sort", "%q is not understood: write keys with their directions, as in name:asc,created_at:desc; "+
				"the keys are %s",
				s.Order.ValueString(), imageKeys.Names())
		}
	}
	return nil
}

// ImageIDsData lists the ids of images.
var ImageIDsData = crud.DataSource[*vcenter.Client, imageIDsModel]{Name: "images_image_ids", Schema: imageIDsSchema, Read: readImageIDs}

type imageIDsModel struct {
	search
	ID  types.String `tfsdk:"id"`
	IDs []string     `tfsdk:"ids"`
}

func imageIDsSchema(context.Context) schema.Schema {
	attributes := searchAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"id": schema.StringAttribute{MarkdownDescription: "Always `images`.", Computed: true},
		"ids": schema.ListAttribute{MarkdownDescription: "The ids of the images that fit, sorted by name unless `sort` says otherwise.",
			Computed: true, ElementType: types.StringType},
	})
	return schema.Schema{MarkdownDescription: "Lists the ids of images: VM templates of the datacenter and items of content libraries. All " +
		"that is written must fit. It reads the list of all virtual machines, unless `name` is written.", Attributes: attributes}
}

func readImageIDs(ctx context.Context, client *vcenter.Client, m imageIDsModel) (imageIDsModel, error) {
	query, err := m.query(ctx, client)
	if err != nil {
		return m, err
	}
	all, err := client.Images.List(ctx, query)
	if err != nil {
		return m, err
	}
	by := m.search
	if by.Order.ValueString() == "" {
		by.Order = types.StringValue("name:asc")
	}
	if err := by.sort(all); err != nil {
		return m, err
	}
	m.ID, m.IDs = types.StringValue("images"), []string{}
	for _, image := range all {
		m.IDs = append(m.IDs, image.ID)
	}
	return m, nil
}
