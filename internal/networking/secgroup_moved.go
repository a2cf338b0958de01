// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// secgroupMoves converts OpenStack's groups, which keep their id. Whether a group can be enforced is checked when it is recorded.
var secgroupMoves = []crud.StateMove[secgroupModel]{{From: "openstack_networking_secgroup_v2", Convert: secgroupFromPriorState}}

func secgroupFromPriorState(old crud.PriorState) (secgroupModel, error) {
	return secgroupModel{commonModel: commonFromPriorState(old), Stateful: old.Or("stateful", true),
		Bare: old.Only(true, "delete_default_rules"), ReplyWith: types.StringNull(), Timeouts: limitsFromPriorState(old, "delete")}, nil
}
