// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// NodeList lists ESX hosts.
var NodeList = crud.List[*vcenter.Client, computeNodeModel, nodeListFilters]{Of: Node, Check: nodeListFilters.check, Find: findNodeList,
	About: "Lists the ESX hosts of the datacenter's clusters, sorted by name, whoever has added them: one that this provider has not added " +
		"stays in the vCenter when its resource is destroyed. All that is written must fit. A host that stands alone is not listed.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
		"cluster":    crud.ListText("The name or the id of the cluster that they are in."),
	}}

type nodeListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	Cluster   types.String `tfsdk:"cluster"`
}

func (f nodeListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findNodeList(ctx context.Context, client *vcenter.Client, f nodeListFilters) ([]crud.Listed[computeNodeModel], error) {
	name, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	cluster := f.Cluster.ValueString()
	if cluster != "" {
		self, err := client.Inventory.ClusterNamed(ctx, cluster)
		if err != nil {
			return nil, openstack.AttributeErrorf("cluster", "%w", err)
		}
		cluster = self.Value
	}
	hosts, err := client.Nodes.ClusteredHosts(ctx)
	var out []crud.Listed[computeNodeModel]
	for _, host := range hosts {
		if name.MatchString(host.Hostname) && (cluster == "" || cluster == host.ClusterID) {
			out = append(out, crud.Listed[computeNodeModel]{ID: host.ID, Name: host.Hostname})
		}
	}
	return out, err
}
