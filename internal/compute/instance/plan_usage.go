package instance

import (
	"cmp"
	"context"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// weigh counts the instance among those of this plan, and warns where with it a zone is asked for more than it has. Nothing is asked where
// nothing grows. These are warnings: what is there may be another by the time of the apply.
func (p *planning) weigh(ctx context.Context) {
	if p.client == nil || p.ledger == nil {
		return
	}
	name, b := p.booking(ctx)
	if p.ledger.grows(name, b) {
		room, err := p.client.Capacity(ctx, b.wants.zone)
		if err != nil {
			crud.WarnOnce(ctx, p.client, "It is not known what the zone "+b.wants.zone+" can hold", "Whether instances fit is not said by this "+
				"plan: "+err.Error())
		} else {
			p.ledger.tell(room)
		}
	}
	at := p.config.flavorField()
	for _, e := range p.ledger.book(name, b) {
		crud.WarnAt(ctx, path.Root(at), e.summary, at+": "+e.text)
	}
}

// booking is the instance as the ledger counts it. Where its size is not known it is as before; where its name is not, it gets one
// of its own.
func (p *planning) booking(ctx context.Context) (name string, b booking) {
	if name = p.plan.Name.ValueString(); name == "" {
		name = uuid.NewString()
	}
	if p.state != nil {
		p.ledger.rename(p.state.Name.ValueString(), name)
		has := claimOf(*p.state, p.private.Disks)
		b = booking{&has, &has}
	}
	if len(p.replaced) > 0 {
		p = p.successor(ctx)
	}
	if crud.Known(p.plan.VCPUs, p.plan.RAM, p.plan.Zone) && (p.state != nil || p.flavor != nil) {
		wants := claimOf(*p.plan, p.disksBeside())
		if p.plan.Disk.IsUnknown() && p.image != nil { // the root disk is the image's
			wants.of[asDisk] += p.image.MinDisk
		}
		b.wants = &wants
	}
	return name, b
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
		flavor = targetFlavor(p.private.Flavor, p.flavor, p.sameFlavor())
		if flavor == nil || flavor.Same(p.private.Flavor) || p.private.adopts(*flavor, *p.state) {
			return p.private.Disks
		}
	}
	disks, _ := vmspec.Disks(*flavor, blockDevices(p.plan.BlockDevice)) // an error has been reported
	return disks
}

// claimOf is what an instance takes of its zone. Only one that runs has something reserved.
func claimOf(m instanceModel, beside []openstack.Disk) claim {
	zone, _ := vcenter.SplitZone(m.Zone.ValueString())
	c := claim{zone: zone, of: [allKinds]int64{asVCPUs: m.VCPUs.ValueInt64(), asRAM: m.RAM.ValueInt64(), asDisk: m.Disk.ValueInt64()}}
	var mb int64
	for _, disk := range beside {
		mb += disk.MB
	}
	c.of[asDisk] += (mb + 1023) >> 10
	if cmp.Or(m.PowerState.ValueString(), openstack.Active) == openstack.Active {
		c.of[asMHz], c.of[asPinned] = reserved(m.CPUAllocation), reserved(m.RAMAllocation)
	}
	return c
}

// reserved is what an allocation reserves.
func reserved(allocation types.Object) int64 {
	value, _ := allocation.Attributes()["reservation"].(types.Int64)
	return value.ValueInt64()
}
