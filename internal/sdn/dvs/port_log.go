// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"context"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// logPlace tells that a port's place on the switch is set, whether its traffic rules change with it, and why.
func logPlace(ctx context.Context, uuid string, place network.SwitchPortSpec, now types.DistributedVirtualPort, changes []traffic.Change) {
	if !logging.Network.Informs(ctx) {
		return
	}
	reason := "a security group that concerns it, or a member of one, has changed"
	if slices.ContainsFunc(changes, func(c traffic.Change) bool { return c.Port == place.ID }) {
		reason = "the port has changed"
	}
	before, after := Lines(network.FilterOf(now)), Lines(place.Filter)
	logging.Network.Info(ctx, "a port of the switch is set", "port", place.ID, "switch", uuid, "switch_port", place.SwitchPort, "down",
		place.Down,
		"rules_before", len(before), "rules", len(after), "rules_rewritten", !slices.Equal(before, after), "reason", reason)
}
