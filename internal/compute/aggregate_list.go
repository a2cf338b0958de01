// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// AggregateList lists aggregates.
var AggregateList = crud.List[*vcenter.Client, aggregateModel, aggregateListFilters]{Of: Aggregate, Check: aggregateListFilters.check,
	Find:  findAggregateList,
	About: "Lists the aggregates, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
		"zone":       crud.ListText("The availability zone that they are of."),
	}}

type aggregateListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	Zone      types.String `tfsdk:"zone"`
}

func (f aggregateListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findAggregateList(ctx context.Context, client *vcenter.Client, f aggregateListFilters) ([]crud.Listed[aggregateModel], error) {
	name, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	all, err := client.Aggregates.List(ctx)
	var out []crud.Listed[aggregateModel]
	for _, a := range all {
		if name.MatchString(a.Name) && (f.Zone.ValueString() == "" || f.Zone.ValueString() == a.Zone) {
			out = append(out, crud.Listed[aggregateModel]{ID: a.ID, Name: a.Name})
		}
	}
	return out, err
}
