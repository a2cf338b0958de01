// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// ClusterList lists clusters of ESX hosts.
var ClusterList = crud.List[*vcenter.Client, clusterModel, clusterListFilters]{Of: Cluster, Check: clusterListFilters.check,
	Find: findClusterList,
	About: "Lists the clusters of the datacenter, sorted by name, whoever has made them: one that this provider has not made stays in the " +
		"vCenter when its resource is destroyed.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
	}}

type clusterListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
}

func (f clusterListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findClusterList(ctx context.Context, client *vcenter.Client, f clusterListFilters) ([]crud.Listed[clusterModel], error) {
	pattern, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	all, err := client.Inventory.ClusterNames(ctx)
	var out []crud.Listed[clusterModel]
	for name, cluster := range all {
		if pattern.MatchString(name) {
			out = append(out, crud.Listed[clusterModel]{ID: cluster.Value, Name: name})
		}
	}
	return out, err
}
