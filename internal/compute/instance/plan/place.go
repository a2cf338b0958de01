package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// planPlace finds the zone's cluster, pool and datastores.
func (p *planning) planPlace(ctx context.Context) error {
	if p.plan.Zone.IsUnknown() {
		return nil
	}
	if err := p.client.Inventory.CheckPlacement(ctx, p.zone()); err != nil {
		return err
	}
	if !p.config.Hypervisor.IsUnknown() {
		if err := p.client.Inventory.CheckHosts(ctx, p.zone(), p.config.Hypervisor.ValueString(), p.nets); err != nil {
			return err
		}
	}
	p.warnMaintenance(ctx)
	return nil
}

// zoneWritten says that the configuration names a zone, known yet or not.
func (p *planning) zoneWritten() bool {
	return p.config.Zone.IsUnknown() || p.config.Zone.ValueString() != "" || p.config.ZoneHints.IsUnknown() ||
		p.config.ZoneHints.ValueString() != ""
}

// planWhere settles the zone where only the compute node is written, and refuses two that contradict each other.
func (p *planning) planWhere(ctx context.Context) error {
	if p.state != nil && !p.zoneWritten() && inventory.InNoZone(p.plan.Zone.ValueString()) && p.private.At.Zone != "" {
		p.plan.Zone = types.StringValue(p.private.At.Zone)
	}
	node := p.config.Hypervisor
	if !p.zoneWritten() && (node.IsUnknown() || p.client == nil && node.ValueString() != "") {
		p.plan.Zone = types.StringUnknown() // it follows once that is known
		return nil
	}
	if p.client == nil || !crud.Known(node, p.plan.Zone) || node.ValueString() == "" || p.state != nil &&
		node.Equal(p.state.Hypervisor) && p.plan.Zone.Equal(p.state.Zone) {
		return nil
	}
	if p.zoneWritten() {
		return p.client.Inventory.CheckNode(ctx, p.zone(), node.ValueString())
	}
	preferred := ""
	if p.state != nil {
		preferred = p.private.At.Zone
	}
	zone, err := p.client.Inventory.ZoneOfNode(ctx, node.ValueString(), preferred)
	if err == nil {
		p.plan.Zone = types.StringValue(zone)
	}
	if zone == "" && err == nil { // of a host that is planned, too
		p.plan.Zone = types.StringUnknown()
	}
	return err
}

// warnMaintenance says that the host on which the instance is to be is put into maintenance by the same plan.
func (p *planning) warnMaintenance(ctx context.Context) {
	at, host := "hypervisor_hostname", p.config.Hypervisor.ValueString()
	if host == "" {
		at = "availability_zone"
		_, host = inventory.SplitZone(p.zone())
	}
	if host != "" && p.client.Planned.Nodes.WillRest(host) {
		crud.WarnAt(ctx, path.Root(at), "The host of the instance will be disabled", fmt.Sprintf(
			"%s: the same plan puts the ESX host %s into maintenance, where it takes no instances: %s is made there only if that comes first, "+
				"and is moved away or stops it. Write another host, or leave it to vCenter", at, host, p.plan.Name.ValueString()))
	}
}
