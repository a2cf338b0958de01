package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planResize plans what the instance should have: by a new flavor, or by its own where somebody changed the machine.
func (p *planning) planResize(ctx context.Context) error {
	flavor := model.TargetFlavor(p.private.Flavor, p.flavor, p.sameFlavor())
	if flavor == nil || p.private.Adopts(*flavor, *p.state) {
		if p.flavor != nil { // adopted, and as large as its flavor
			p.plan.VCPUs, p.plan.RAM, p.plan.Disk = p.state.VCPUs, p.state.RAM, p.state.Disk
		}
		return nil
	}
	if p.resizing = true; p.unrecorded() {
		p.plan.Host = types.StringUnknown() // a resize shows, even of what no argument shows
	}
	if err := p.checkRoot(*flavor); err != nil {
		return err
	}
	if err := p.checkDisks(*flavor); err != nil {
		return err
	}
	if !p.sameFlavor() && p.client != nil {
		compiled, err := p.specs.Compile(*flavor, p.private.Properties)
		if err == nil {
			err = p.checkNamed(ctx, *flavor, compiled.Needs)
		}
		if err != nil {
			return p.config.AtFlavor(*flavor, err)
		}
	}
	if err := p.shape(ctx, *flavor, p.private.Properties, p.private.ClockFor(flavor)); err != nil {
		return err
	}
	p.warnSmaller(ctx, *flavor)
	if p.plan.Disk = types.Int64Value(max(flavor.Disk, p.state.Disk.ValueInt64())); p.private.BootVolume || p.lostRoot() {
		p.plan.Disk = p.state.Disk
	}
	if p.lostRoot() {
		crud.WarnAt(ctx, path.Root("disk"), "The instance has no root disk", "disk: "+p.rootless())
	}
	if p.shaped() && flavor.Same(p.private.Flavor) {
		return nil
	}
	return p.warnRestart(ctx, *flavor)
}

// shaped says that the machine is as it should be.
func (p *planning) shaped() bool {
	return p.plan.VCPUs.Equal(p.state.VCPUs) && p.plan.RAM.Equal(p.state.RAM) && p.plan.Cores.Equal(p.state.Cores) &&
		p.plan.Disk.Equal(p.state.Disk) &&
		p.plan.CPUAllocation.Equal(p.state.CPUAllocation) && p.plan.RAMAllocation.Equal(p.state.RAMAllocation)
}

// checkRoot refuses a flavor that the root disk cannot follow.
func (p *planning) checkRoot(to openstack.Flavor) error {
	have := p.state.Disk.ValueInt64()
	switch {
	case p.lostRoot() && !p.sameFlavor():
		return openstack.AttributeErrorf(p.config.FlavorField(), "it cannot be resized: %s", p.rootless())
	case p.private.BootVolume || p.lostRoot() || to.Disk == 0 || to.Disk == have:
		return nil
	case to.Disk < have && (!p.sameFlavor() || p.unrecorded() && to.Disk != p.private.Flavor.Disk):
		return openstack.AttributeErrorf(p.config.FlavorField(), "the flavor %s has a root disk of %d GiB, and the instance's has %d: a disk "+
			"cannot "+
			"shrink", to.Name, to.Disk, have)
	case to.Disk > have && len(p.state.ParentDisks.Elements()) > 0:
		return openstack.AttributeErrorf(p.config.FlavorField(), "the flavor %s has a root disk of %d GiB, and the instance's has %d and is a "+
			"linked "+
			"clone, which cannot grow: choose a flavor with the same disk, or have vCenter copy the disk first (a clone or an inflated disk "+
			"has no parent)", to.Name, to.Disk, have)
	}
	return nil
}

// lostRoot says that somebody took the root disk off a machine that was made with one.
func (p *planning) lostRoot() bool {
	return p.state.Disk.ValueInt64() == 0 && p.private.Own && !p.private.BootVolume && !p.state.Disk.IsUnknown()
}

func (p *planning) rootless() string {
	return p.state.Name.ValueString() + " has lost its root disk, and no apply brings that back: attach the disk again in the vCenter, " +
		"or replace the instance (terraform apply -replace)"
}

// warnSmaller says that a flavor that was made anew under its name has a smaller disk than its instances keep.
func (p *planning) warnSmaller(ctx context.Context, to openstack.Flavor) {
	have := p.state.Disk.ValueInt64()
	if p.sameFlavor() && !p.unrecorded() && !p.private.BootVolume && to.Disk > 0 && to.Disk < p.private.Flavor.Disk && to.Disk < have {
		crud.WarnAt(ctx, path.Root(p.config.FlavorField()), "The root disk stays larger than the flavor's", fmt.Sprintf(
			"%s: the flavor %s now has a disk of %d GiB, and %s keeps its root disk of %d: a disk cannot shrink. Replace the instance to have "+
				"a smaller one (terraform apply -replace)",
			p.config.FlavorField(), to.Name, to.Disk, p.state.Name.ValueString(), have))
	}
}

// checkDisks refuses a flavor whose ephemeral disks are smaller than those that are there.
func (p *planning) checkDisks(to openstack.Flavor) error {
	want, err := vmspec.Disks(to, model.BlockDevices(p.plan.BlockDevice))
	if err != nil {
		return err
	}
	_, err = vmspec.ResizedDisks(p.private.Disks, want)
	return p.config.AtFlavorField(err)
}
