// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SecurityGroupList lists security groups.
var SecurityGroupList = crud.List[sdn.Backend, secgroupModel, listFilters]{Of: SecurityGroup, Check: listFilters.check,
	Find: findSecurityGroupList,
	About: "Lists the security groups, sorted by name. All that is written must fit. The group `default`, which is always there, " +
		"is not listed.",
	Filters: map[string]schema.Attribute{
		"name_regex": listedNames(),
		"tags":       listedTags(),
	}}

func findSecurityGroupList(ctx context.Context, backend sdn.Backend, f listFilters) ([]crud.Listed[secgroupModel], error) {
	all, err := backend.Groups(ctx)
	return listed[secgroupModel](all, err, f, func(g openstack.SecurityGroup) (found, bool) {
		return found{g.ID, g.Name, g.Tags}, !sdn.IsDefaultGroup(g.ID)
	})
}
