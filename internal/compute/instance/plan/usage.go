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

// countUsage counts the instance among those of this plan, and warns where a zone is asked for more than it has with it. The vCenter is
// only asked where the instance grows. What a zone has may differ by the time of the apply, so these are warnings.
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

// usageChange is the instance as it is counted. Where its size is not known it is counted as before; where its name is not, under a name of
// its own.
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
		if in.plan.Disk.IsUnknown() && found.image != nil { // the root disk is the image's
			wants.Of[planned.Disk] += found.image.MinDisk
		}
		change.Wants = &wants
	}
	return name, change
}

// replacementOf are the inputs of the plan of the instance that takes this one's place, as far as its size goes. What is wrong with that
// instance is an error of its own plan, not of this count.
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

// disksBesideRoot are the disks that the instance is to have beside its root disk.
func disksBesideRoot(in inputs, flavor *openstack.Flavor) []openstack.Disk {
	if in.state != nil {
		flavor = model.TargetFlavor(in.private.Flavor, flavor, in.sameFlavor())
		if flavor == nil || flavor.Same(in.private.Flavor) || in.private.Adopts(*flavor, *in.state) {
			return in.private.Disks
		}
	}
	disks, _ := vmspec.Disks(*flavor, model.BlockDevices(in.plan.BlockDevice)) // an error has been reported
	return disks
}
