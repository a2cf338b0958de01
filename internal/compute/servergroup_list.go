// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// ServerGroupList lists server groups.
var ServerGroupList = crud.List[*vcenter.Client, serverGroupModel, servergroupListFilters]{
	Of: ServerGroup, Check: servergroupListFilters.check,
	Find:  findServerGroupList,
	About: "Lists the server groups, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
		"policy":     crud.ListOneOf("The policy that they have, for example `anti-affinity`.", policyNames...),
	}}

type servergroupListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	Policy    types.String `tfsdk:"policy"`
}

func (f servergroupListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findServerGroupList(ctx context.Context, client *vcenter.Client, f servergroupListFilters) ([]crud.Listed[serverGroupModel], error) {
	name, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	all, err := client.ServerGroups.List(ctx)
	var out []crud.Listed[serverGroupModel]
	for _, g := range all {
		if name.MatchString(g.Name) && (f.Policy.ValueString() == "" || f.Policy.ValueString() == g.Policy) {
			out = append(out, crud.Listed[serverGroupModel]{ID: g.ID, Name: g.Name})
		}
	}
	return out, err
}
