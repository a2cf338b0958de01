// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// planPower refuses to suspend an instance that is not running, or that shares volumes: a vCenter suspends none with a disk that others may
// write to (Broadcom KB 326781). Where the instance is started, its addresses become unknown.
func planPower(plan, state *model.Instance, shared []string) error {
	from, to := state.PowerState.ValueString(), plan.PowerState.ValueString()
	if from != to && to == openstack.Suspended && from != openstack.Active && from != "" {
		return openstack.AttributeErrorf("power_state", "only a running instance can be suspended, and this one is %s: set power_state = "+
			"\"active\" first", from)
	}
	if from != to && to == openstack.Suspended && len(shared) > 0 {
		return openstack.AttributeErrorf("power_state", "an instance with volumes that other instances may have too cannot be suspended: detach "+
			"%s first, or shut it off", strings.Join(shared, ", "))
	}
	if plan.Power() == openstack.Active && state.Power() != openstack.Active {
		forgetAddresses(plan)
	}
	return nil
}

// forgetAddresses makes the addresses unknown that a guest gets when it boots.
func forgetAddresses(plan *model.Instance) {
	plan.AccessIPv4, plan.AccessIPv6 = types.StringUnknown(), types.StringUnknown()
	blocks := model.Networks(plan.Network)
	for i := range blocks {
		blocks[i].FixedV4, blocks[i].FixedV6 = types.StringUnknown(), types.StringUnknown()
	}
	setNetworks(plan, blocks)
}
