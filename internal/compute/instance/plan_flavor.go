package instance

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planFlavor plans id and name together, and what the flavor gives. A flavor that nobody knows yet is a warning: another
// workspace may make it before the apply.
func (p *planning) planFlavor(ctx context.Context) error {
	id, name := p.config.FlavorID, p.config.FlavorName
	if id.ValueString() == "" && name.ValueString() == "" && crud.Known(id, name) {
		if p.state != nil && !p.private.Own {
			return nil // it keeps what it has
		}
		return openstack.AttributeErrorf("flavor_name", "an instance needs a flavor: write flavor_name or flavor_id")
	}
	if !crud.Known(id, name) {
		p.unknownFlavor(id, name)
		return nil
	}
	if p.client == nil {
		return nil
	}
	flavor, err := p.client.Flavors.AsPlanned(ctx, id.ValueString(), name.ValueString())
	switch {
	case errors.Is(err, openstack.ErrNotFound) && p.sameFlavor():
		return nil // the flavor is gone; the instance keeps what it has
	case openstack.IsUnanswered(err) && p.sameFlavor():
		crud.WarnOnce(ctx, p.client.Planned, "OpenStack does not answer",
			fmt.Sprintf("%s: %s. Instances keep the flavor that they have; whether it "+
				"has changed is not known", p.config.flavorField(), err))
		return nil
	case errors.Is(err, openstack.ErrContradiction) && !p.unrecorded():
		return openstack.AttributeErrorf("flavor_id", "%w: write only one of flavor_id and flavor_name", err)
	case errors.Is(err, openstack.ErrNotFound):
		at := path.Root(p.config.flavorField())
		crud.WarnAt(ctx, at, "Unknown flavor", fmt.Sprintf("%s: %s. Unless somebody makes it before, the apply will fail", at, err))
		p.unknownFlavor(id, name)
		return nil
	case openstack.IsUnanswered(err):
		return openstack.AttributeErrorf(p.config.flavorField(), "%w", err)
	case err != nil:
		return err
	}
	if err := vmspec.Usable(flavor); err != nil && !p.sameFlavor() {
		return p.config.atFlavorField(err)
	}
	if flavor.Cloud != "" && !p.sameFlavor() {
		WarnForeignFlavor(ctx, p.client, flavor)
	}
	p.flavor = &flavor
	p.plan.FlavorID, p.plan.FlavorName = crud.Written(id, flavor.ID, id.ValueString()), crud.Written(name, flavor.Name, name.ValueString())
	if p.state != nil && (p.state.FlavorID.ValueString() != "" || p.state.FlavorName.ValueString() != "") { // an adopted instance has none
		p.plan.FlavorID, p.plan.FlavorName = keepForm(p.plan.FlavorID, p.state.FlavorID, flavor.ID), keepForm(p.plan.FlavorName,
			p.state.FlavorName, flavor.Name)
	}
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
	p.forgetShape()
	if id.IsNull() {
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
