// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SecurityGroupRuleList lists rules of security groups.
var SecurityGroupRuleList = crud.List[sdn.Backend, secgroupRuleModel, secgroupRuleListFilters]{Of: SecurityGroupRule,
	Find: findSecurityGroupRuleList,
	About: "Lists the rules of security groups, sorted by group and direction. All that is written must fit. The rules that every group has " +
		"from the start are not listed.",
	Filters: map[string]schema.Attribute{
		"security_group_id": crud.ListText("The id of the group whose rules they are."),
		"direction":         crud.ListOneOf("`ingress` or `egress`.", openstack.Ingress, openstack.Egress),
	}}

type secgroupRuleListFilters struct {
	crud.ListPlace
	Group     types.String `tfsdk:"security_group_id"`
	Direction types.String `tfsdk:"direction"`
}

func findSecurityGroupRuleList(ctx context.Context, backend sdn.Backend, f secgroupRuleListFilters) ([]crud.Listed[secgroupRuleModel],
	error) {
	groups, err := backend.Groups(ctx)
	var out []crud.Listed[secgroupRuleModel]
	for _, group := range groups {
		for _, rule := range group.Rules {
			if rule.Mark != nil && fitsText(f.Group, group.ID) && fitsText(f.Direction, rule.Direction) {
				out = append(out, crud.Listed[secgroupRuleModel]{ID: rule.ID, Name: ruleName(group, rule)})
			}
		}
	}
	return out, err
}

// ruleName is what a rule is called in a list: it has no name of its own.
func ruleName(group openstack.SecurityGroup, rule openstack.SecurityGroupRule) string {
	words := []string{group.Name, rule.Direction, rule.EtherType}
	for _, word := range []string{rule.Protocol, rule.RemotePrefix, rule.Remote()} {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
