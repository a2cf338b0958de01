// SPDX-License-Identifier: MPL-2.0

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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// countUsage adds the instance to those of this plan, and warns where a zone does not have enough for them. It calls vCenter only where
// the instance grows. The amounts may differ by the time of the apply, so these are warnings.
func countUsage(ctx context.Context, in inputs, found findings) {
	if in.client == nil {
		return
	}
	usage := in.client.Planned.Usage
	name, change := usageChange(ctx, in, found)
	if usage.Grows(name, change) {
		room, err := in.client.Inventory.Capacity(ctx, change.Wants.Zone)
		if err != nil {
			crud.WarnOnce(ctx, in.client.Planned, "It is not known what the zone "+change.Wants.Zone+" can hold", "Whether instances fit is not "+
				"said by this plan: "+err.Error())
		} else {
			usage.Tell(room)
		}
	}
	at := in.config.FlavorField()
	usage.Plan(name, change, func(zone *planned.ZoneUsage, change planned.UsageChange) {
		for _, e := range excesses(zone, name, change) {
			crud.WarnAt(ctx, path.Root(at), e.summary, at+": "+e.text)
		}
	})
}

// usageChange returns how the instance is counted. An unknown size counts as before; an unknown name is replaced by a unique one.
func usageChange(ctx context.Context, in inputs, found findings) (name string, change planned.UsageChange) {
	if name = in.plan.Name.ValueString(); name == "" {
		name = uuid.NewString()
	}
	if in.state != nil {
		in.client.Planned.Usage.Rename(in.state.Name.ValueString(), name)
		current := model.Usage(*in.state, in.private.Disks)
		change = planned.UsageChange{Has: &current, Wants: &current}
	}
	if len(found.replaced) > 0 {
		in = replacementOf(ctx, in, found.flavor)
	}
	if crud.Known(in.plan.VCPUs, in.plan.RAM, in.plan.Zone) && (in.state != nil || found.flavor != nil) {
		wants := model.Usage(*in.plan, disksBesideRoot(in, found.flavor))
		if in.plan.Disk.IsUnknown() && found.image != nil { // the root disk has the image's size
			wants.Of[planned.Disk] += found.image.LeastDisk()
		}
		change.Wants = &wants
	}
	return name, change
}

// replacementOf returns the inputs that the plan of this instance's replacement will have, as far as its size goes. Errors about the
// replacement belong to its own plan, not to this count.
func replacementOf(ctx context.Context, in inputs, flavor *openstack.Flavor) inputs {
	plan := *in.plan
	in.plan = &plan
	if flavor != nil && planCPUAndMemory(ctx, in, *flavor, in.private.Properties, vmspec.Clock{}) == nil {
		in.state = nil
		if flavor.Disk > 0 {
			plan.Disk = types.Int64Value(flavor.Disk)
		}
	}
	return in
}

// disksBesideRoot returns the disks that the instance is to have beside its root disk.
func disksBesideRoot(in inputs, flavor *openstack.Flavor) []openstack.Disk {
	if in.state != nil {
		flavor = model.TargetFlavor(in.private.Flavor, flavor, in.sameFlavor())
		if flavor == nil || flavor.Same(in.private.Flavor) || in.private.Adopts(*flavor, *in.state) {
			return in.private.Disks
		}
	}
	disks, _ := blockdevices.Disks(*flavor, model.BlockDevices(in.plan.BlockDevice)) // the error was reported before
	return disks
}
