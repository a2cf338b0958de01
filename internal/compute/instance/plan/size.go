// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planSize plans the size that flavor and image together give a new instance, and refuses a pair that does not fit.
func planSize(ctx context.Context, in inputs, flavor *openstack.Flavor, boot *openstack.Image) error {
	if flavor == nil || boot == nil {
		return nil
	}
	f, image := *flavor, *boot
	if !model.BootsFromVolume(in.plan.BlockDevice) {
		if err := vmspec.Fits(f, image.Name, image.LeastDisk()); err != nil {
			return in.config.AtFlavorField(err)
		}
	}
	if err := vmspec.FitsMemory(f, cmp.Or(image.Name, image.Properties["image_name"]), image.MinRAM); err != nil {
		return in.config.AtFlavorField(err)
	}
	compiled, err := in.specs.Compile(f, image.Properties)
	if err != nil {
		return in.config.AtFlavorField(in.config.AtFlavor(f, err))
	}
	if crud.Known(in.plan.BlockDevice) && !coming(ctx, in, image) {
		if err := in.client.Servers.CheckDisks(ctx, image, f, compiled.Needs, model.BlockDevices(in.plan.BlockDevice)); err != nil {
			return in.config.AtImage(in.config.AtFlavorField(in.config.AtFlavor(f, err)))
		}
	}
	if err := checkVolumes(ctx, in, compiled.Needs); err != nil {
		return err
	}
	if err := planCPUAndMemory(ctx, in, f, image.Properties, vmspec.Clock{}); err != nil {
		return err
	}
	in.plan.Disk = rootGiB(f, image, in.plan.BlockDevice)
	warnNoDisk(ctx, in, f, image)
	return planNeeds(ctx, in, f, image, compiled.Needs)
}

// warnNoDisk warns of an instance of an ISO image that has nothing to install on.
func warnNoDisk(ctx context.Context, in inputs, f openstack.Flavor, image openstack.Image) {
	if image.ISO() && f.Disk == 0 && !model.BootsFromVolume(in.plan.BlockDevice) {
		crud.WarnAt(ctx, path.Root(in.config.FlavorField()), "The instance has no root disk", fmt.Sprintf("%s: %s is started from the ISO image "+
			"%s, and the flavor %s has disk = 0, so there is no disk to install on. A flavor with a disk gives it a blank one",
			in.config.FlavorField(), in.plan.Name.ValueString(), image.Name, f.Name))
	}
}

// planCPUAndMemory plans CPU and memory from flavor and image. A share of a core is converted to MHz by the clock with which the flavor
// was translated before, and by that of the zone's hosts where clock is zero.
func planCPUAndMemory(ctx context.Context, in inputs, f openstack.Flavor, properties map[string]string, clock vmspec.Clock) error {
	compiled, err := in.specs.Compile(f, properties)
	if err != nil {
		return in.config.AtFlavor(f, err)
	}
	if compiled.Needs.Clock && clock == (vmspec.Clock{}) && in.client != nil {
		if clock, err = in.client.Inventory.Clock(ctx, in.zone()); err != nil {
			return err
		}
	}
	spec, err := compiled.Spec(vmspec.Instance{Flavor: f, Properties: properties, Clock: clock})
	if err != nil {
		return in.config.AtFlavor(f, err)
	}
	if r := vmspec.Allocation(spec.MemoryAllocation).Reservation; r > f.RAM {
		return openstack.AttributeErrorf(in.config.FlavorField(), "the flavor %s reserves %d MB of memory, and has %d: vSphere reserves no more "+
			"than there is", f.Name, r, f.RAM)
	}
	in.plan.VCPUs, in.plan.RAM, in.plan.Cores = types.Int64Value(f.VCPUs), types.Int64Value(f.RAM),
		types.Int64Value(int64(*spec.NumCoresPerSocket))
	in.plan.CPUAllocation, in.plan.RAMAllocation = model.AllocationValue(vmspec.Allocation(spec.CpuAllocation)),
		model.AllocationValue(vmspec.Allocation(spec.MemoryAllocation))
	return nil
}

// forgetSize makes the size unknown that depends on an unknown flavor.
func forgetSize(plan *model.Instance) {
	plan.VCPUs, plan.RAM, plan.Disk, plan.Cores = types.Int64Unknown(), types.Int64Unknown(), types.Int64Unknown(),
		types.Int64Unknown()
	plan.CPUAllocation, plan.RAMAllocation = types.ObjectUnknown(model.AllocationTypes), types.ObjectUnknown(model.AllocationTypes)
}
