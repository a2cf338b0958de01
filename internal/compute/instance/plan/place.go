// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// checkPlace refuses a zone whose cluster, pool or datastores do not exist, and hosts that do not reach the networks.
func checkPlace(ctx context.Context, in inputs, networks []openstack.Network) error {
	if in.plan.Zone.IsUnknown() {
		return nil
	}
	if err := in.client.Inventory.CheckPlacement(ctx, in.zone()); err != nil {
		return err
	}
	if !in.config.Hypervisor.IsUnknown() {
		if err := in.client.Inventory.CheckHosts(ctx, in.zone(), in.config.Hypervisor.ValueString(), networks); err != nil {
			return err
		}
	}
	warnMaintenance(ctx, in)
	return nil
}

// planZone derives the zone where only the compute node is written, and refuses a node outside of the written zone.
func planZone(ctx context.Context, in inputs) error {
	if in.state != nil && !in.zoneWritten() && inventory.InNoZone(in.plan.Zone.ValueString()) && in.private.At.Zone != "" {
		in.plan.Zone = types.StringValue(in.private.At.Zone)
	}
	node := in.config.Hypervisor
	if !in.zoneWritten() && (node.IsUnknown() || in.client == nil && node.ValueString() != "") {
		in.plan.Zone = types.StringUnknown() // it follows from the node, which is unknown yet
		return nil
	}
	if in.client == nil || !crud.Known(node, in.plan.Zone) || node.ValueString() == "" || in.state != nil &&
		node.Equal(in.state.Hypervisor) && in.plan.Zone.Equal(in.state.Zone) {
		return nil
	}
	if in.zoneWritten() {
		return in.client.Inventory.CheckNode(ctx, in.zone(), node.ValueString())
	}
	preferred := ""
	if in.state != nil {
		preferred = in.private.At.Zone
	}
	zone, err := in.client.Inventory.ZoneOfNode(ctx, node.ValueString(), preferred)
	if err == nil {
		in.plan.Zone = types.StringValue(zone)
	}
	if zone == "" && err == nil { // the host is only planned, and so is its zone
		in.plan.Zone = types.StringUnknown()
	}
	return err
}

// warnMaintenance warns of a host that the same plan puts into maintenance.
func warnMaintenance(ctx context.Context, in inputs) {
	at, host := "hypervisor_hostname", in.config.Hypervisor.ValueString()
	if host == "" {
		at = "availability_zone"
		_, host = inventory.SplitZone(in.zone())
	}
	if host != "" && in.client.Planned.Nodes.WillRest(host) {
		crud.WarnAt(ctx, path.Root(at), "The host of the instance will be disabled", fmt.Sprintf(
			"%s: the same plan puts the ESX host %s into maintenance, where it takes no instances: %s is made there only if that comes first, "+
				"and is moved away or stops it. Write another host, or leave it to vCenter", at, host, in.plan.Name.ValueString()))
	}
}
