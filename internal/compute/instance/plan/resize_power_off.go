// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// planPowerOff decides whether a resize must shut a running instance down, and warns of that with the reason. The addresses become
// unknown then, because a restarted guest may get others.
func planPowerOff(ctx context.Context, in inputs, to openstack.Flavor) error {
	if err := Resizable(in.state.PowerState.ValueString(), in.plan.PowerState.ValueString()); err != nil {
		return err
	}
	if in.plan.Power() != openstack.Active || in.state.Power() != openstack.Active {
		return nil
	}
	why, err := reconfigure.ResizeNeedsPowerOff(in.specs, in.private.Hardware(in.state), to)
	if err != nil || why == "" {
		return in.config.AtFlavor(to, err)
	}
	forgetAddresses(in.plan)
	crud.WarnAt(ctx, path.Root(in.config.FlavorField()), "The instance will be shut down for the resize", fmt.Sprintf(
		"%s goes to %d vcpus and %d MB: %s. Its guest is asked to shut down, and the instance is started again afterwards",
		in.plan.Name.ValueString(), to.VCPUs, to.RAM, why))
	return nil
}

// Resizable refuses the resize of an instance that is or becomes suspended: it would be powered off for it, and lose its memory. An
// instance that is to be shut off loses that anyway. The error is an openstack.FieldError at power_state.
func Resizable(from, to string) error {
	switch {
	case from == openstack.Suspended && to != openstack.Shutoff && to != openstack.Shelved:
		return openstack.AttributeErrorf("power_state", "the instance is suspended, and a suspended instance cannot be resized: what it has in "+
			"memory would be lost. Apply power_state = \"active\" (or \"shutoff\") with the former flavor first, then resize")
	case to == openstack.Suspended:
		return openstack.AttributeErrorf("power_state", "a suspended instance cannot be resized: apply the resize with power_state = \"active\" "+
			"first, then suspend the instance")
	}
	return nil
}
