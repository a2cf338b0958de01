package plan

import (
	"context"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// weigh counts the instance among those of this plan, and warns where with it a zone is asked for more than it has. Nothing is asked where
// nothing grows. These are warnings: what is there may be another by the time of the apply.
func (p *planning) weigh(ctx context.Context) {
	if p.client == nil {
		return
	}
	usage := p.client.Planned.Usage
	name, change := p.usageChange(ctx)
	if usage.Grows(name, change) {
		room, err := p.client.Inventory.Capacity(ctx, change.Wants.Zone)
		if err != nil {
			crud.WarnOnce(ctx, p.client.Planned, "It is not known what the zone "+change.Wants.Zone+" can hold", "Whether instances fit is not "+
				"said by this plan: "+err.Error())
		} else {
			usage.Tell(room)
		}
	}
	at := p.config.FlavorField()
	usage.Plan(name, change, func(zone *planned.ZoneUsage, change planned.UsageChange) {
		for _, e := range excesses(zone, name, change) {
			crud.WarnAt(ctx, path.Root(at), e.summary, at+": "+e.text)
		}
	})
}

// usageChange is the instance as it is counted. Where its size is not known it is as before; where its name is not, it gets one of
// its own.
func (p *planning) usageChange(ctx context.Context) (name string, change planned.UsageChange) {
	if name = p.plan.Name.ValueString(); name == "" {
		name = uuid.NewString()
	}
	if p.state != nil {
		p.client.Planned.Usage.Rename(p.state.Name.ValueString(), name)
		has := model.Usage(*p.state, p.private.Disks)
		change = planned.UsageChange{Has: &has, Wants: &has}
	}
	if len(p.replaced) > 0 {
		p = p.successor(ctx)
	}
	if crud.Known(p.plan.VCPUs, p.plan.RAM, p.plan.Zone) && (p.state != nil || p.flavor != nil) {
		wants := model.Usage(*p.plan, p.disksBeside())
		if p.plan.Disk.IsUnknown() && p.image != nil { // the root disk is the image's
			wants.Of[planned.Disk] += p.image.MinDisk
		}
		change.Wants = &wants
	}
	return name, change
}

// successor is the plan of the instance that takes this one's place, as far as its size goes. What is wrong with it is said where it
// is planned.
func (p *planning) successor(ctx context.Context) *planning {
	next, plan := *p, *p.plan
	next.plan = &plan
	if p.flavor != nil && next.shape(ctx, *p.flavor, p.private.Properties, vmspec.Clock{}) == nil {
		next.state = nil
		if p.flavor.Disk > 0 {
			plan.Disk = types.Int64Value(p.flavor.Disk)
		}
	}
	return &next
}

// disksBeside are the disks that the instance is to have beside its root disk.
func (p *planning) disksBeside() []openstack.Disk {
	flavor := p.flavor
	if p.state != nil {
		flavor = model.TargetFlavor(p.private.Flavor, p.flavor, p.sameFlavor())
		if flavor == nil || flavor.Same(p.private.Flavor) || p.private.Adopts(*flavor, *p.state) {
			return p.private.Disks
		}
	}
	disks, _ := vmspec.Disks(*flavor, model.BlockDevices(p.plan.BlockDevice)) // an error has been reported
	return disks
}
