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

// warnRestart says that a running instance must be shut down for the change.
func (p *planning) warnRestart(ctx context.Context, to openstack.Flavor) error {
	if err := Resizable(p.state.PowerState.ValueString(), p.plan.PowerState.ValueString()); err != nil {
		return err
	}
	if p.plan.Power() != openstack.Active || p.state.Power() != openstack.Active {
		return nil
	}
	why, err := vmspec.ResizeNeedsPowerOff(p.specs, openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: p.private.Flavor,
		Properties: p.private.Properties, Disks: p.private.Disks}, ServerStatus: openstack.ServerStatus{VCPUs: p.state.VCPUs.ValueInt64(),
		RAM: p.state.RAM.ValueInt64(), Cores: p.private.Cores, CPUHotAdd: p.private.CPUHotAdd, RAMHotAdd: p.private.RAMHotAdd,
		RAMLimit: p.private.RAMLimit, RAMStep: p.private.RAMStep, GuestID: p.private.GuestID}}, to)
	if err != nil || why == "" {
		return p.config.AtFlavor(to, err)
	}
	p.forgetAddresses()
	crud.WarnAt(ctx, path.Root(p.config.FlavorField()), "The instance will be shut down for the resize", fmt.Sprintf(
		"%s goes to %d vcpus and %d MB: %s. Its guest is asked to shut down, and the instance is started again afterwards",
		p.plan.Name.ValueString(), to.VCPUs, to.RAM, why))
	return nil
}

// resizable refuses the resize of an instance that is suspended or is to be: it would be powered off for it, and what it has
// in memory would be lost. One that is turned off loses that anyway.
func Resizable(from, to string) error {
	switch {
	case from == openstack.Suspended && to != openstack.Shutoff && to != openstack.Shelved:
		return openstack.AttributeErrorf("power_state", "the instance is suspended, and a suspended instance cannot be resized: what it has "+
			"in memory "+
			"would be lost. Apply power_state = \"active\" (or \"shutoff\") with the former flavor first, then resize")
	case to == openstack.Suspended:
		return openstack.AttributeErrorf("power_state", "a suspended instance cannot be resized: apply the resize with power_state = \"active\" "+
			"first, then suspend the instance")
	}
	return nil
}

// restarts says that the guest will boot, and may get other addresses.
func (p *planning) restarts() bool {
	return p.plan.Power() == openstack.Active && p.state.Power() != openstack.Active
}

func (p *planning) forgetAddresses() {
	p.plan.AccessIPv4, p.plan.AccessIPv6 = types.StringUnknown(), types.StringUnknown()
	blocks := model.Networks(p.plan.Network)
	for i := range blocks {
		blocks[i].FixedV4, blocks[i].FixedV6 = types.StringUnknown(), types.StringUnknown()
	}
	p.setNetworks(blocks)
}
