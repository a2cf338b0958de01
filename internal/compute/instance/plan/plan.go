package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/rules"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planInstance resolves names, shows what the flavor gives, and refuses what cannot work, before anything exists.
func Plan(ctx context.Context, req Request) error {
	p := planning{client: req.Client.Client, net: req.Client.Network, config: *req.Config, plan: req.Plan, state: req.State,
		private: model.ReadPrivateState(ctx, req.Private), replacement: req.Replacement, specs: new(vmspec.Compiler)}
	p.restore()
	err := unread(crud.OriginOf(ctx, req.Private))
	if err == nil {
		err = p.atHint(p.run(ctx))
	}
	if err == nil && p.unrecorded() && len(p.replaced) == 0 {
		err = p.adopt(ctx, req)
	}
	if err != nil {
		return err
	}
	p.weigh(ctx)
	req.Replace(p.replaced...)
	return p.settle(ctx, req)
}

// settle moves the time of the last change where anything else moves, and only there: the framework looks at the plan before its
// defaults are settled, and would move it on every imported instance.
func (p *planning) settle(ctx context.Context, req Request) error {
	if p.state == nil {
		return nil
	}
	p.plan.Updated = p.state.Updated
	if quiet, is := p.quiet(ctx, req); is {
		*p.plan = quiet
		return nil
	}
	if !p.rerecord && !req.Changes(ctx, *p.plan) {
		return nil
	}
	p.plan.Updated = types.StringUnknown()
	return crud.Titled("Cannot change compute instance "+p.state.Name.ValueString(), p.stuck())
}

// stuck refuses a change in place of a machine on which nothing can be changed. One that is replaced only has to go. The plan that
// comes before a destroy asks for the change, too.
func (p *planning) stuck() error {
	if p.private.Stuck == "" || len(p.replaced) > 0 {
		return nil
	}
	err := fmt.Errorf("%s %s. %s", p.state.Name.ValueString(), p.private.Stuck, crud.WayOut)
	if !p.plan.PowerState.Equal(p.state.PowerState) {
		return openstack.AttributeErrorf("power_state", "%w", err)
	}
	return err
}

func (p *planning) run(ctx context.Context) error {
	if err := rules.Check(p.config); err != nil {
		return err
	}
	if err := rules.CheckNetworkMode(p.config); err != nil {
		return err
	}
	p.derive()
	if p.client != nil {
		if err := p.client.Inventory.CheckZones(ctx); err != nil {
			return err
		}
	}
	if err := p.planWhere(ctx); err != nil {
		return err
	}
	if err := p.checkGuest(); err != nil {
		return err
	}
	p.warnFiles(ctx)
	p.warnMetadataService(ctx)
	if err := p.planFlavor(ctx); err != nil {
		return err
	}
	if p.state != nil {
		p.holdPorts()
		if err := p.claimName(ctx); err != nil {
			return err
		}
		return p.planUpdate(ctx)
	}
	warnHints(ctx, p.config)
	if p.client == nil {
		return nil
	}
	for _, step := range []func(context.Context) error{p.claimName, p.planImage, p.planNetworks, p.planGroups, p.checkHints,
		p.checkKeyPair, p.planShape, p.planPlace} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// derive fills in what follows from the rest of the plan.
func (p *planning) derive() {
	p.written()
	if p.plan.AllMetadata = p.plan.Metadata; p.plan.Metadata.IsNull() {
		p.plan.AllMetadata = crud.MapOf(nil)
	}
	if p.plan.AllTags = p.plan.Tags; p.plan.Tags.IsNull() {
		p.plan.AllTags = crud.SetOf(nil)
	}
	switch {
	case !p.config.Zone.IsNull(): // as written
	case p.config.ZoneHints.ValueString() != "" || p.config.ZoneHints.IsUnknown():
		p.plan.Zone = p.config.ZoneHints
	case p.state != nil && !p.state.Zone.IsNull():
		p.plan.Zone = p.state.Zone
	}
}

// planDestruction names what goes along with an instance and is not of it.
func Destruction(ctx context.Context, req Request) error {
	warnBesides(ctx, req.State.Name.ValueString(), model.ReadPrivateState(ctx, req.Private).Besides)
	return nil
}

// unread refuses to plan a moved instance before its machine was read: what another provider knew of it is no measure of what differs.
func unread(from *crud.Origin) error {
	if from == nil {
		return nil
	}
	return openstack.AttributeErrorf("id", "the instance was moved from %s, and its VM has not been read since, so what differs is not "+
		"known: plan "+
		"and apply once without -refresh=false", from.Type)
}
