package compute

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ModifyPlan resolves names, shows what the flavor gives, and refuses what cannot work, before anything exists.
func (r *instance) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var config, plan instanceModel
	var state *instanceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		state = &instanceModel{}
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, flush := crud.WithWarnings(ctx, &resp.Diagnostics)
	p := planning{client: r.client, config: config, plan: &plan, state: state, aside: readAside(ctx, req.Private)}
	crud.Report(&resp.Diagnostics, "Cannot plan compute instance", p.run(ctx))
	flush()
	if resp.Diagnostics.HasError() {
		return
	}
	if p.replace {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("network"))
	}
	resp.Diagnostics.Append(writePlan(ctx, plan, state, req, resp)...)
}

// writePlan writes the plan. The time of the last change moves where anything else does, and only there: the framework
// looks at the plan before its defaults are settled, and would move it on every imported instance.
func writePlan(ctx context.Context, plan instanceModel, state *instanceModel, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) diag.Diagnostics {
	if state == nil {
		return resp.Plan.Set(ctx, plan)
	}
	plan.Updated = state.Updated
	diags := resp.Plan.Set(ctx, plan)
	if !resp.Plan.Raw.Equal(req.State.Raw) {
		diags.Append(resp.Plan.SetAttribute(ctx, path.Root("updated"), types.StringUnknown())...)
	}
	return diags
}

// planning is one instance's plan while it is made.
type planning struct {
	client  *vcenter.Client // nil while the provider's configuration is not known
	config  instanceModel
	plan    *instanceModel
	state   *instanceModel // nil at create
	aside   aside
	replace bool

	flavor *openstack.Flavor // nil while it is not known
	image  *openstack.Image
}

func (p *planning) run(ctx context.Context) error {
	p.derive()
	if err := p.checkGuest(); err != nil {
		return err
	}
	if err := p.planFlavor(ctx); err != nil {
		return err
	}
	if p.state != nil {
		return p.planUpdate(ctx)
	}
	if p.client == nil {
		return nil
	}
	if err := p.planImage(ctx); err != nil {
		return err
	}
	if err := p.planNetworks(ctx); err != nil {
		return err
	}
	if err := p.checkKeyPair(ctx); err != nil {
		return err
	}
	if err := p.checkFit(); err != nil {
		return err
	}
	return p.client.CheckPlacement(ctx)
}

// derive fills in what follows from the rest of the plan.
func (p *planning) derive() {
	if p.plan.AllMetadata = p.plan.Metadata; p.plan.Metadata.IsNull() {
		p.plan.AllMetadata = mapValue(nil)
	}
	if p.plan.AllTags = p.plan.Tags; p.plan.Tags.IsNull() {
		p.plan.AllTags = setValue(nil)
	}
}

// checkGuest measures what the guest will be handed.
func (p *planning) checkGuest() error {
	if p.state != nil && p.state.UserData.Equal(p.plan.UserData) && p.state.Metadata.Equal(p.plan.Metadata) || !known(p.plan.UserData, p.plan.Metadata) {
		return nil
	}
	s := p.plan.server()
	_, err := vmspec.Guestinfo(vmspec.Guest{ID: s.ID, Name: s.Name, Metadata: s.Metadata, UserData: s.UserData})
	return err
}

// planFlavor plans id and name together, and what the flavor gives. A flavor that nobody knows yet is a warning: another
// workspace may make it before the apply.
func (p *planning) planFlavor(ctx context.Context) error {
	id, name := p.config.FlavorID, p.config.FlavorName
	if id.ValueString() == "" && name.ValueString() == "" && known(id, name) {
		return openstack.Wrong("flavor_name", "an instance needs a flavor: write flavor_name or flavor_id")
	}
	if !known(id, name) {
		p.unknownFlavor(id, name)
		return nil
	}
	if p.client == nil {
		return nil
	}
	flavor, err := p.client.PlannedFlavor(ctx, id.ValueString(), name.ValueString())
	switch {
	case errors.Is(err, openstack.ErrNotFound) && p.sameFlavor():
		return nil // the flavor is gone; the instance keeps what it has
	case errors.Is(err, openstack.ErrNotFound):
		at := path.Root(p.config.flavorField())
		crud.WarnAt(ctx, at, "Unknown flavor", fmt.Sprintf("%s: %s. Unless somebody makes it before, the apply will fail", at, err))
		p.unknownFlavor(id, name)
		return nil
	case err != nil:
		return err
	}
	if err := usable(flavor, p.config.flavorField()); err != nil && !p.sameFlavor() {
		return err
	}
	p.flavor = &flavor
	p.plan.FlavorID, p.plan.FlavorName = orWritten(id, flavor.ID), orWritten(name, flavor.Name)
	if p.state != nil && (p.state.FlavorID.ValueString() != "" || p.state.FlavorName.ValueString() != "") { // an adopted instance has none
		p.plan.FlavorID, p.plan.FlavorName = keepForm(p.plan.FlavorID, p.state.FlavorID, flavor.ID), keepForm(p.plan.FlavorName, p.state.FlavorName, flavor.Name)
	}
	p.plan.VCPUs, p.plan.RAM = types.Int64Value(flavor.VCPUs), types.Int64Value(flavor.RAM)
	return nil
}

// keepForm keeps what the state has where it means the same: an argument that is empty, or was, is no change.
func keepForm(plan, state types.String, now string) types.String {
	same := func(v types.String) bool { return v.ValueString() == "" || v.ValueString() == now }
	if (plan.ValueString() == "" || state.ValueString() == "") && same(plan) && same(state) {
		return state
	}
	return plan
}

// unknownFlavor leaves open what follows from the flavor, as far as it was not written.
func (p *planning) unknownFlavor(id, name types.String) {
	if p.plan.VCPUs, p.plan.RAM, p.plan.Disk = types.Int64Unknown(), types.Int64Unknown(), types.Int64Unknown(); id.IsNull() {
		p.plan.FlavorID = types.StringUnknown()
	}
	if name.IsNull() {
		p.plan.FlavorName = types.StringUnknown()
	}
}

// sameFlavor says that the instance exists and its flavor is not to change.
func (p *planning) sameFlavor() bool {
	same := func(config, state types.String) bool {
		return config.ValueString() == "" || config.Equal(state)
	}
	return p.state != nil && same(p.config.FlavorID, p.state.FlavorID) && same(p.config.FlavorName, p.state.FlavorName)
}

// usable refuses flavors that no instance can have, as Nova's driver does when it builds one.
func usable(f openstack.Flavor, field string) error {
	switch {
	case f.RAM%4 != 0:
		return openstack.Wrong(field, "the flavor %s has %d MB of memory, and vSphere needs a multiple of 4: choose %d", f.Name, f.RAM, (f.RAM+3)/4*4)
	case f.Ephemeral > 0 || f.Swap > 0:
		return openstack.Wrong(field, "the flavor %s has an ephemeral or swap disk, which this version does not make: choose a flavor with ephemeral = 0 and swap = 0", f.Name)
	}
	return nil
}

func (p *planning) planImage(ctx context.Context) error {
	id, name := p.config.ImageID, p.config.ImageName
	if !known(id, name) {
		return nil
	}
	field := "image_name"
	if id.ValueString() != "" {
		field = "image_id"
	} else if name.ValueString() == "" {
		return openstack.Wrong("image_name", "an instance needs an image: write image_name or image_id")
	}
	image, err := p.client.Image(ctx, vcenter.ImageQuery{ID: id.ValueString(), Name: name.ValueString()})
	if err != nil {
		return openstack.Wrong(field, "%w", err)
	}
	p.image = &image
	p.plan.ImageID, p.plan.ImageName = orWritten(id, image.ID), orWritten(name, image.Name)
	return nil
}

// planNetworks resolves every NIC's network. Blocks that are not known yet come again when they are, before the apply.
func (p *planning) planNetworks(ctx context.Context) error {
	blocks, written := networks(p.plan.Network), networks(p.config.Network)
	for i := range blocks {
		id, name := written[i].UUID, written[i].Name
		if !known(id, name) {
			continue
		}
		if id.ValueString() == "" && name.ValueString() == "" {
			return openstack.Wrong(nicBlock(i), "it names no network: write uuid or name")
		}
		network, err := p.client.Network(ctx, id.ValueString(), name.ValueString())
		if err != nil {
			return openstack.Wrong(nicBlock(i), "%w", err)
		}
		blocks[i].UUID, blocks[i].Name = orWritten(id, network.ID), orWritten(name, network.Name)
	}
	p.setNetworks(blocks)
	return nil
}

// setNetworks plans the blocks, where there are any.
func (p *planning) setNetworks(blocks []networkModel) {
	if len(blocks) > 0 {
		p.plan.Network = networkList(blocks)
	}
}

// nicBlock is the i-th network block, for an error.
func nicBlock(i int) string { return fmt.Sprintf("network[%d]", i) }

// checkKeyPair warns of a key pair that nobody knows yet.
func (p *planning) checkKeyPair(ctx context.Context) error {
	if p.plan.KeyPair.ValueString() == "" || !known(p.plan.KeyPair) {
		return nil
	}
	err := p.client.KeyPairPlanned(ctx, p.plan.KeyPair.ValueString())
	if errors.Is(err, openstack.ErrNotFound) {
		crud.WarnAt(ctx, path.Root("key_pair"), "Unknown key pair", fmt.Sprintf("key_pair: %s. Unless somebody makes it before, the apply will fail", err))
		return nil
	}
	return err
}

// checkFit sees whether flavor and image go together.
func (p *planning) checkFit() error {
	if p.flavor == nil || p.image == nil {
		return nil
	}
	if p.flavor.Disk != 0 && p.image.MinDisk > p.flavor.Disk {
		return openstack.Wrong(p.config.flavorField(), "the flavor %s has a root disk of %d GiB, and the image %s needs %d: choose a larger flavor, or one with disk = 0",
			p.flavor.Name, p.flavor.Disk, p.image.Name, p.image.MinDisk)
	}
	if p.plan.Disk = types.Int64Value(p.flavor.Disk); p.flavor.Disk == 0 {
		p.plan.Disk = types.Int64Unknown()
	}
	_, _, err := vmspec.Desired(vmspec.Wish{Flavor: *p.flavor, Properties: p.image.Properties})
	return p.config.atFlavor(*p.flavor, err)
}
