// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// planResize plans the instance's size: by a new flavor, or by its own where the VM was changed outside of Terraform.
func planResize(ctx context.Context, in inputs, found *findings) error {
	flavor := model.TargetFlavor(in.private.Flavor, found.flavor, in.sameFlavor())
	if flavor == nil || in.private.Adopts(*flavor, *in.state) {
		if found.flavor != nil { // adopted, with the size of its flavor
			in.plan.VCPUs, in.plan.RAM, in.plan.Disk = in.state.VCPUs, in.state.RAM, in.state.Disk
		}
		return nil
	}
	if found.resizing = true; in.unrecorded() {
		in.plan.Host = types.StringUnknown() // otherwise the plan would show no change, because no argument differs
	}
	if err := checkRoot(in, *flavor); err != nil {
		return err
	}
	if err := checkDisks(in, *flavor); err != nil {
		return err
	}
	if !in.sameFlavor() && in.client != nil {
		if err := checkMemory(ctx, in, *flavor); err != nil {
			return err
		}
		compiled, err := in.specs.Compile(*flavor, in.private.Properties)
		if err == nil {
			err = checkNamed(ctx, in, *flavor, compiled.Needs)
		}
		if err != nil {
			return in.config.AtFlavor(*flavor, err)
		}
	}
	if err := planCPUAndMemory(ctx, in, *flavor, in.private.Properties, in.private.ClockFor(flavor)); err != nil {
		return err
	}
	warnSmaller(ctx, in, *flavor)
	if in.plan.Disk = types.Int64Value(max(flavor.Disk, in.state.Disk.ValueInt64())); in.private.BootVolume || lostRoot(in) {
		in.plan.Disk = in.state.Disk
	}
	if in.private.BootVolume && in.private.Unfinished { // it may have to be attached yet
		in.plan.Disk = types.Int64Unknown()
	}
	if lostRoot(in) {
		crud.WarnAt(ctx, path.Root("disk"), "The instance has no root disk", "disk: "+rootless(in.state))
	}
	if sameSize(in.plan, in.state) && flavor.Same(in.private.Flavor) {
		return nil
	}
	return planPowerOff(ctx, in, *flavor)
}

// sameSize reports whether the VM has the planned size.
func sameSize(plan, state *model.Instance) bool {
	return plan.VCPUs.Equal(state.VCPUs) && plan.RAM.Equal(state.RAM) && plan.Cores.Equal(state.Cores) && plan.Disk.Equal(state.Disk) &&
		plan.CPUAllocation.Equal(state.CPUAllocation) && plan.RAMAllocation.Equal(state.RAMAllocation)
}

// checkRoot refuses a flavor to whose root disk the instance's cannot be changed.
func checkRoot(in inputs, to openstack.Flavor) error {
	have := in.state.Disk.ValueInt64()
	switch {
	case lostRoot(in) && !in.sameFlavor():
		return openstack.AttributeErrorf(in.config.FlavorField(), "it cannot be resized: %s", rootless(in.state))
	case in.private.BootVolume || lostRoot(in) || to.Disk == 0 || to.Disk == have:
		return nil
	case to.Disk < have && (!in.sameFlavor() || in.unrecorded() && to.Disk != in.private.Flavor.Disk):
		return openstack.AttributeErrorf(in.config.FlavorField(), "the flavor %s has a root disk of %d GiB, and the instance's has %d: a disk "+
			"cannot shrink", to.Name, to.Disk, have)
	case to.Disk > have && len(in.state.ParentDisks.Elements()) > 0:
		return openstack.AttributeErrorf(in.config.FlavorField(), "the flavor %s has a root disk of %d GiB, and the instance's has %d and is a "+
			"linked clone, which cannot grow: choose a flavor with the same disk, or have vCenter copy the disk first (a clone or an inflated disk "+
			"has no parent)", to.Name, to.Disk, have)
	}
	return nil
}

// checkMemory refuses a flavor with less memory than the instance's image asks for. An image that is gone asks for none.
func checkMemory(ctx context.Context, in inputs, to openstack.Flavor) error {
	id := in.state.ImageID.ValueString()
	if id == "" {
		return nil
	}
	image, err := in.client.Images.ByID(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = vmspec.FitsMemory(to, image.Name, image.MinRAM)
	}
	return in.config.AtFlavorField(err)
}

// lostRoot reports whether a VM that was made with a root disk has lost it.
func lostRoot(in inputs) bool {
	return in.state.Disk.ValueInt64() == 0 && in.private.Own && !in.private.BootVolume && !in.state.Disk.IsUnknown()
}

func rootless(state *model.Instance) string {
	return state.Name.ValueString() + " has lost its root disk, and no apply brings that back: attach the disk again in the vCenter, " +
		"or replace the instance (terraform apply -replace)"
}

// warnSmaller warns of a flavor that was made anew under its name, with a smaller disk than the instance keeps.
func warnSmaller(ctx context.Context, in inputs, to openstack.Flavor) {
	have := in.state.Disk.ValueInt64()
	if in.sameFlavor() && !in.unrecorded() && !in.private.BootVolume && to.Disk > 0 && to.Disk < in.private.Flavor.Disk && to.Disk < have {
		crud.WarnAt(ctx, path.Root(in.config.FlavorField()), "The root disk stays larger than the flavor's", fmt.Sprintf(
			"%s: the flavor %s now has a disk of %d GiB, and %s keeps its root disk of %d: a disk cannot shrink. Replace the instance to have "+
				"a smaller one (terraform apply -replace)",
			in.config.FlavorField(), to.Name, to.Disk, in.state.Name.ValueString(), have))
	}
}

// checkDisks refuses a flavor whose ephemeral disks are smaller than the present ones, and one with which a disk under a snapshot grows.
func checkDisks(in inputs, to openstack.Flavor) error {
	want, err := blockdevices.Disks(to, model.BlockDevices(in.plan.BlockDevice))
	if err != nil {
		return err
	}
	if _, err = blockdevices.ResizedDisks(in.private.Disks, want); err != nil {
		return in.config.AtFlavorField(err)
	}
	return checkSnapshots(in, to, want)
}
