// SPDX-License-Identifier: MPL-2.0

package images

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
)

// List lists images.
var List = crud.List[*vcenter.Client, madeModel, listFilters]{Of: Image, Check: listFilters.check, Find: findImages,
	About: "Lists the images that can be imported: VM templates of the datacenter and items of content libraries, sorted by name. " +
		"All that is " +
		"written must fit. It reads the list of all virtual machines.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
		"tags":       crud.ListTexts("Tags that they must all have, among others."),
		"visibility": crud.ListOneOf("Their visibility, as recorded with them; one of which none is recorded fits any.", visibilities...),
		"hidden":     crud.ListFlag("`true`: the hidden ones, and no others. Unset: those that are not hidden."),
		"properties": schema.MapAttribute{MarkdownDescription: "Properties that they must have, among others.", Optional: true,
			ElementType: types.StringType},
		"managed": crud.ListFlag("Whether this provider made them."),
	}}

type listFilters struct {
	crud.ListPlace
	NameRegex  types.String `tfsdk:"name_regex"`
	Tags       types.List   `tfsdk:"tags"`
	Visibility types.String `tfsdk:"visibility"`
	Hidden     types.Bool   `tfsdk:"hidden"`
	Properties types.Map    `tfsdk:"properties"`
	Managed    types.Bool   `tfsdk:"managed"`
}

func (f listFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findImages(ctx context.Context, client *vcenter.Client, f listFilters) ([]crud.Listed[madeModel], error) {
	name, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	all, err := client.Images.List(ctx, image.Query{NameRegex: name, Tags: crud.Texts(f.Tags), Visibility: f.Visibility.ValueString(),
		Hidden: f.Hidden.ValueBool(), Properties: crud.StringMap(f.Properties)})
	var out []crud.Listed[madeModel]
	for _, i := range all {
		if f.Managed.IsNull() || f.Managed.ValueBool() == (i.Mark != nil) {
			out = append(out, crud.Listed[madeModel]{ID: i.ID, Name: i.Name})
		}
	}
	return out, err
}
