package compute

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planUpdate is the part for an instance that exists.
func (p *planning) planUpdate(ctx context.Context) error {
	p.keepNetworks()
	if p.replace {
		return nil
	}
	p.warnAdoption(ctx)
	if p.flavor != nil {
		if err := p.planResize(ctx); err != nil {
			return err
		}
	}
	if !p.plan.PowerState.Equal(p.state.PowerState) && p.plan.PowerState.ValueString() == openstack.Suspended && p.state.PowerState.ValueString() != openstack.Active {
		return openstack.Wrong("power_state", "only a running instance can be suspended, and this one is %s: set power_state = \"active\" first", p.state.PowerState.ValueString())
	}
	if p.restarts() {
		p.forgetAddresses()
	}
	return nil
}

// warnAdoption says what becomes of arguments of creation on an instance that this provider did not make.
func (p *planning) warnAdoption(ctx context.Context) {
	if !p.state.unrecorded() {
		return
	}
	var written []string
	for _, field := range []struct {
		name      string
		now, then types.String
	}{
		{"image_id", p.plan.ImageID, p.state.ImageID}, {"image_name", p.plan.ImageName, p.state.ImageName},
		{"key_pair", p.plan.KeyPair, p.state.KeyPair}, {"user_data", p.plan.UserData, p.state.UserData},
	} {
		if field.now.IsUnknown() || field.now.ValueString() != field.then.ValueString() {
			written = append(written, field.name)
		}
	}
	if len(written) > 0 {
		crud.WarnAt(ctx, path.Root(written[0]), "Adopted as written", fmt.Sprintf(
			"%s: nothing is recorded of what %s was made from. These arguments describe it, are recorded as they are written, and change nothing on it: no image is cloned, and the guest is told nothing",
			strings.Join(written, ", "), p.state.Name.ValueString()))
	}
}

// keepNetworks carries the NICs over from the state, or finds that they change, or may.
func (p *planning) keepNetworks() {
	blocks, written := networks(p.state.Network), networks(p.config.Network)
	if !known(p.plan.Network) || len(written) != len(blocks) {
		p.replace = true
		return
	}
	for i, have := range blocks {
		want := written[i]
		if !unchanged(want.UUID, have.UUID) || !unchanged(want.Name, have.Name) {
			p.replace = true
			return
		}
		have.Access = want.Access
		have.UUID, have.Name = orWritten(want.UUID, have.UUID.ValueString()), orWritten(want.Name, have.Name.ValueString())
		blocks[i] = have
	}
	p.setNetworks(blocks)
}

// unchanged says that nothing else was written than what is there.
func unchanged(want, have types.String) bool {
	return want.ValueString() == "" && !want.IsUnknown() || want.Equal(have)
}

// planResize says what a resize means for a running instance.
func (p *planning) planResize(ctx context.Context) error {
	grows := p.flavor.Disk > p.state.Disk.ValueInt64()
	same := p.sameFlavor() && p.flavor.VCPUs == p.state.VCPUs.ValueInt64() && p.flavor.RAM == p.state.RAM.ValueInt64() && !grows
	if same {
		p.plan.Disk = p.state.Disk
		return nil
	}
	if p.flavor.Disk != 0 && p.flavor.Disk < p.state.Disk.ValueInt64() && !p.sameFlavor() {
		return openstack.Wrong(p.config.flavorField(), "the flavor %s has a root disk of %d GiB, and the instance's has %d: a disk cannot shrink", p.flavor.Name, p.flavor.Disk, p.state.Disk.ValueInt64())
	}
	if err := resizable(p.state.PowerState.ValueString(), p.plan.PowerState.ValueString()); err != nil {
		return err
	}
	if p.plan.Disk = p.state.Disk; grows {
		p.plan.Disk = types.Int64Value(p.flavor.Disk)
	}
	if p.plan.PowerState.ValueString() != openstack.Active || p.state.PowerState.ValueString() == openstack.Shutoff {
		return nil
	}
	why, err := vmspec.ResizeNeedsPowerOff(openstack.Server{VCPUs: p.state.VCPUs.ValueInt64(), RAM: p.state.RAM.ValueInt64(), Cores: p.aside.Cores,
		CPUHotAdd: p.aside.CPUHotAdd, RAMHotAdd: p.aside.RAMHotAdd, Properties: p.aside.Properties}, *p.flavor)
	if err != nil || why == "" {
		return p.config.atFlavor(*p.flavor, err)
	}
	p.forgetAddresses()
	crud.WarnAt(ctx, path.Root(p.config.flavorField()), "The instance will be shut down for the resize", fmt.Sprintf(
		"%s goes to %d vcpus and %d MB: %s. Its guest is asked to shut down, and the instance is started again afterwards", p.plan.Name.ValueString(), p.flavor.VCPUs, p.flavor.RAM, why))
	return nil
}

// resizable refuses the resize of an instance that is suspended or is to be: it would be powered off for it, and what it has
// in memory would be lost. One that is turned off loses that anyway.
func resizable(from, to string) error {
	switch {
	case from == openstack.Suspended && to != openstack.Shutoff:
		return openstack.Wrong("power_state", "the instance is suspended, and a suspended instance cannot be resized: what it has in memory would be lost. Apply power_state = \"active\" (or \"shutoff\") with the former flavor first, then resize")
	case to == openstack.Suspended:
		return openstack.Wrong("power_state", "a suspended instance cannot be resized: apply the resize with power_state = \"active\" first, then suspend the instance")
	}
	return nil
}

// restarts says that the guest will boot, and may get other addresses.
func (p *planning) restarts() bool {
	return p.plan.PowerState.ValueString() == openstack.Active && p.state.PowerState.ValueString() != openstack.Active
}

func (p *planning) forgetAddresses() {
	p.plan.AccessIPv4, p.plan.AccessIPv6 = types.StringUnknown(), types.StringUnknown()
	blocks := networks(p.plan.Network)
	for i := range blocks {
		blocks[i].FixedV4, blocks[i].FixedV6 = types.StringUnknown(), types.StringUnknown()
	}
	p.setNetworks(blocks)
}
