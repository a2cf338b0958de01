// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// FlavorList lists flavors.
var FlavorList = crud.List[*vcenter.Client, flavorModel, flavorListFilters]{Of: Flavor, Check: flavorListFilters.check,
	Find:  findFlavorList,
	About: "Lists the flavors of the datacenter's catalogue, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
		"min_vcpus":  listedAtLeast("At least so many virtual CPUs."),
		"min_ram":    listedAtLeast("At least so much memory, in MB."),
		"min_disk":   listedAtLeast("At least so large a root disk, in GiB."),
	}}

func listedAtLeast(text string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)}}
}

type flavorListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	MinVCPUs  types.Int64  `tfsdk:"min_vcpus"`
	MinRAM    types.Int64  `tfsdk:"min_ram"`
	MinDisk   types.Int64  `tfsdk:"min_disk"`
}

func (f flavorListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findFlavorList(ctx context.Context, client *vcenter.Client, f flavorListFilters) ([]crud.Listed[flavorModel], error) {
	fits, err := flavorDataModel{MinVCPUs: f.MinVCPUs, MinRAM: f.MinRAM, MinDisk: f.MinDisk, NameRegex: f.NameRegex}.filter()
	if err != nil {
		return nil, err
	}
	all, err := client.Flavors.List(ctx)
	var out []crud.Listed[flavorModel]
	for _, flavor := range all {
		if fits(flavor) {
			out = append(out, crud.Listed[flavorModel]{ID: flavor.ID, Name: flavor.Name})
		}
	}
	return out, err
}
