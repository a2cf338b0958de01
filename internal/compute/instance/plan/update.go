package plan

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// planUpdate is the part for an instance that exists.
func (p *planning) planUpdate(ctx context.Context) error {
	p.planCreation(ctx)
	if len(p.replaced) > 0 {
		p.warnReplaced(ctx)
		return nil
	}
	if err := p.planMove(ctx); err != nil {
		return err
	}
	if err := p.checkUserData(); err != nil {
		return err
	}
	if err := p.planNICs(ctx); err != nil {
		return err
	}
	p.planLinks(ctx)
	p.planEnd(ctx)
	p.warnLabel(ctx)
	if err := p.planGroups(ctx); err != nil {
		return err
	}
	if err := p.planResize(ctx); err != nil {
		return err
	}
	p.warnPassword(ctx)
	p.planTold(ctx)
	from, to := p.state.PowerState.ValueString(), p.plan.PowerState.ValueString()
	if from != to && to == openstack.Suspended && from != openstack.Active && from != "" {
		return openstack.AttributeErrorf("power_state", "only a running instance can be suspended, and this one is %s: set power_state = "+
			"\"active\" "+
			"first", from)
	}
	if p.restarts() {
		p.forgetAddresses()
	}
	return nil
}
