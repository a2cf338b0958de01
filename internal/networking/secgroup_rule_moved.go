// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// secgroupRuleMoves converts OpenStack's rules, which keep their id.
var secgroupRuleMoves = []crud.StateMove[secgroupRuleModel]{{From: "openstack_networking_secgroup_rule_v2",
	Convert: secgroupRuleFromPriorState}}

func secgroupRuleFromPriorState(old crud.PriorState) (secgroupRuleModel, error) {
	return secgroupRuleModel{ID: old.Text("id"), GroupID: old.Text("security_group_id"), Direction: old.Text("direction"),
		EtherType: old.Text("ethertype"), Description: old.Text("description"), Protocol: old.Text("protocol"),
		PortMin: old.Positive("port_range_min"), PortMax: old.Positive("port_range_max"), RemotePrefix: old.Text("remote_ip_prefix"),
		RemoteGroup: old.Text("remote_group_id"), AddressGroup: old.Text("remote_address_group_id"), Region: old.Text("region"),
		Tenant: old.Text("tenant_id"), Timeouts: limitsFromPriorState(old, "delete")}, nil
}
