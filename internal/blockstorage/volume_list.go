// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// VolumeList lists volumes.
var VolumeList = crud.List[*vcenter.Client, volumeModel, volumeListFilters]{Of: Volume, Check: volumeListFilters.check, Find: findVolumes,
	About: "Lists the volumes of the vCenter, whoever made them, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
		"status": crud.ListOneOf("`available`, or `in-use` where an instance below the provider's folder has the volume.",
			"available", "in-use"),
		"availability_zone": crud.ListText("The zone that they were made in."),
		"volume_type":       crud.ListText("The storage policy that they were made with or last given."),
		"metadata": schema.MapAttribute{MarkdownDescription: "Keys and values that they must all have, among others.", Optional: true,
			ElementType: types.StringType},
		"managed": crud.ListFlag("Whether this provider made them."),
	}}

type volumeListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	Status    types.String `tfsdk:"status"`
	Zone      types.String `tfsdk:"availability_zone"`
	Type      types.String `tfsdk:"volume_type"`
	Metadata  types.Map    `tfsdk:"metadata"`
	Managed   types.Bool   `tfsdk:"managed"`
}

func (f volumeListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findVolumes(ctx context.Context, client *vcenter.Client, f volumeListFilters) ([]crud.Listed[volumeModel], error) {
	name, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	all, err := searchVolumes(ctx, client, "")
	asked := volumesModel{Status: f.Status, Zone: f.Zone, Type: f.Type, Metadata: f.Metadata, Managed: f.Managed}
	var out []crud.Listed[volumeModel]
	for _, v := range all {
		if name.MatchString(v.Name) && asked.fits(v) {
			out = append(out, crud.Listed[volumeModel]{ID: v.ID, Name: v.Name, Model: func(context.Context, crud.Private) (*volumeModel, error) {
				return crud.Result(emptyVolume().with(v.Volume).attachedTo(v.held), nil)
			}})
		}
	}
	return out, err
}
