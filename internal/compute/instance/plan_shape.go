package instance

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
		return p.config.atFlavorField(err)
	}
	compiled, err := p.specs.Compile(f, image.Properties)
	if err != nil {
		return p.config.atFlavorField(p.config.atFlavor(f, err))
	}
	if crud.Known(p.plan.BlockDevice) {
		if err := p.client.Servers.CheckDisks(ctx, image, f, compiled.Needs, blockDevices(p.plan.BlockDevice)); err != nil {
			return p.config.atFlavorField(p.config.atFlavor(f, err))
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
		return p.config.atFlavor(f, err)
	}
	if compiled.Needs.Clock && clock == (vmspec.Clock{}) && p.client != nil {
		if clock, err = p.client.Inventory.Clock(ctx, p.zone()); err != nil {
			return err
		}
	}
	spec, err := compiled.Spec(vmspec.Instance{Flavor: f, Properties: properties, Clock: clock})
	if err != nil {
		return p.config.atFlavor(f, err)
	}
	if r := vmspec.Allocation(spec.MemoryAllocation).Reservation; r > f.RAM {
		return openstack.AttributeErrorf(p.config.flavorField(), "the flavor %s reserves %d MB of memory, and has %d: vSphere reserves no "+
			"more than "+
			"there is", f.Name, r, f.RAM)
	}
	p.plan.VCPUs, p.plan.RAM, p.plan.Cores = types.Int64Value(f.VCPUs), types.Int64Value(f.RAM),
		types.Int64Value(int64(*spec.NumCoresPerSocket))
	p.plan.CPUAllocation, p.plan.RAMAllocation = allocationValue(vmspec.Allocation(spec.CpuAllocation)),
		allocationValue(vmspec.Allocation(spec.MemoryAllocation))
	return nil
}

// planNeeds checks what needs more than a specification: a password for Windows needs a config drive, a storage policy must exist.
func (p *planning) planNeeds(ctx context.Context, f openstack.Flavor, image openstack.Image, needs vmspec.Needs) error {
	for _, text := range needs.Warnings {
		crud.WarnAt(ctx, path.Root(p.config.flavorField()), "The flavor "+f.Name+" on vSphere", p.config.flavorField()+": "+text)
	}
	if p.config.ConfigDrive.IsNull() {
		p.plan.ConfigDrive = types.BoolValue(needs.ConfigDrive)
	}
	secret := p.config.AdminPass.ValueString() != "" || p.config.AdminPassWO.ValueString() != ""
	if secret && needs.OnWindows(image) && needs.Customization == "" && crud.Known(p.plan.ConfigDrive) && !p.plan.ConfigDrive.ValueBool() {
		return openstack.AttributeErrorf("admin_pass", "a Windows guest can read its password from a config drive only: set config_drive = "+
			"true, and "+
			"mind that whoever may read the VM's files on its datastore can read it too; or have the image prepared by Sysprep (its property "+
			"novasphere_guest_customization = windows)")
	}
	if err := p.planCustomization(ctx, image, needs.Customization); err != nil {
		return err
	}
	return p.checkNamed(ctx, f, needs)
}

// checkNamed looks up what a flavor names in the vCenter.
func (p *planning) checkNamed(ctx context.Context, f openstack.Flavor, needs vmspec.Needs) error {
	for _, named := range []struct {
		key, value string
		check      func(context.Context, string) error
	}{{"vmware:hw_version", needs.Version, func(ctx context.Context, version string) error {
		return p.client.Inventory.CheckHardwareVersion(ctx, p.zone(), version)
	}},
		{"vmware:storage_policy", needs.StoragePolicy, func(ctx context.Context, name string) error {
			return p.client.Inventory.CheckPolicy(ctx,
				p.zone(), name)
		}}, {"vmware:evc_mode", needs.EVCMode, p.client.Inventory.CheckEVCMode}} {
		if named.value == "" {
			continue
		}
		if err := named.check(ctx, named.value); err != nil {
			return openstack.AttributeErrorf(p.config.flavorField(), "the flavor %s cannot be used: extra_specs[%q]: %w", f.Name, named.key, err)
		}
	}
	return p.checkAggregates(ctx, f)
}

// forgetShape leaves open what follows from a flavor that is not known.
func (p *planning) forgetShape() {
	p.plan.VCPUs, p.plan.RAM, p.plan.Disk, p.plan.Cores = types.Int64Unknown(), types.Int64Unknown(), types.Int64Unknown(),
		types.Int64Unknown()
	p.plan.CPUAllocation, p.plan.RAMAllocation = types.ObjectUnknown(allocationTypes), types.ObjectUnknown(allocationTypes)
}
