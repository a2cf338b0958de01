package plan

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planShape plans what flavor and image together give a new instance, and sees whether they go together.
func (p *planning) planShape(ctx context.Context) error {
	if p.flavor == nil || p.image == nil {
		return nil
	}
	f, image := *p.flavor, *p.image
	if err := vmspec.Fits(f, image.Name, image.MinDisk); err != nil {
		return p.config.AtFlavorField(err)
	}
	compiled, err := p.specs.Compile(f, image.Properties)
	if err != nil {
		return p.config.AtFlavorField(p.config.AtFlavor(f, err))
	}
	if crud.Known(p.plan.BlockDevice) {
		if err := p.client.CheckDisks(ctx, image, f, compiled.Needs, model.BlockDevices(p.plan.BlockDevice)); err != nil {
			return p.config.AtFlavorField(p.config.AtFlavor(f, err))
		}
	}
	if err := p.shape(ctx, f, image.Properties, vmspec.Clock{}); err != nil {
		return err
	}
	if p.plan.Disk = types.Int64Value(f.Disk); f.Disk == 0 {
		p.plan.Disk = types.Int64Unknown()
	}
	return p.planNeeds(ctx, f, image, compiled.Needs)
}

// shape plans CPU and memory as flavor and image give them.
func (p *planning) shape(ctx context.Context, f openstack.Flavor, properties map[string]string, clock vmspec.Clock) error {
	compiled, err := p.specs.Compile(f, properties)
	if err != nil {
		return p.config.AtFlavor(f, err)
	}
	if compiled.Needs.Clock && clock == (vmspec.Clock{}) && p.client != nil {
		if clock, err = p.client.Inventory.Clock(ctx, p.zone()); err != nil {
			return err
		}
	}
	spec, err := compiled.Spec(vmspec.Instance{Flavor: f, Properties: properties, Clock: clock})
	if err != nil {
		return p.config.AtFlavor(f, err)
	}
	if r := vmspec.Allocation(spec.MemoryAllocation).Reservation; r > f.RAM {
		return openstack.AttributeErrorf(p.config.FlavorField(), "the flavor %s reserves %d MB of memory, and has %d: vSphere reserves no "+
			"more than "+
			"there is", f.Name, r, f.RAM)
	}
	p.plan.VCPUs, p.plan.RAM, p.plan.Cores = types.Int64Value(f.VCPUs), types.Int64Value(f.RAM),
		types.Int64Value(int64(*spec.NumCoresPerSocket))
	p.plan.CPUAllocation, p.plan.RAMAllocation = model.AllocationValue(vmspec.Allocation(spec.CpuAllocation)),
		model.AllocationValue(vmspec.Allocation(spec.MemoryAllocation))
	return nil
}

// forgetShape leaves open what follows from a flavor that is not known.
func (p *planning) forgetShape() {
	p.plan.VCPUs, p.plan.RAM, p.plan.Disk, p.plan.Cores = types.Int64Unknown(), types.Int64Unknown(), types.Int64Unknown(),
		types.Int64Unknown()
	p.plan.CPUAllocation, p.plan.RAMAllocation = types.ObjectUnknown(model.AllocationTypes), types.ObjectUnknown(model.AllocationTypes)
}
