// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// QoSPolicyList lists QoS policies.
var QoSPolicyList = crud.List[sdn.Backend, qosPolicyModel, listFilters]{Of: QoSPolicy, Check: listFilters.check, Find: findQoSPolicyList,
	About: "Lists the QoS policies, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": listedNames(),
		"tags":       listedTags(),
	}}

func findQoSPolicyList(ctx context.Context, backend sdn.Backend, f listFilters) ([]crud.Listed[qosPolicyModel], error) {
	all, err := backend.QoSPolicies(ctx)
	return listed[qosPolicyModel](all, err, f, func(p openstack.QoSPolicy) (found, bool) {
		return found{p.ID, p.Name, p.Tags}, true
	})
}
