package plan

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// claimName plans the instance's name, which must be its own in the folder.
func (p *planning) claimName(ctx context.Context) error {
	if p.client == nil || p.state != nil && p.private.MoRef == "" { // which machine it is was not noted yet
		return nil
	}
	if p.private.MoRef != "" {
		p.client.Planned.Instances.Own(p.private.MoRef)
	}
	if !crud.Known(p.plan.Name) || p.state != nil && p.plan.Name.Equal(p.state.Name) {
		return nil
	}
	return p.client.ClaimInstanceName(ctx, p.plan.ID.ValueString(), p.plan.Spec(), p.private.MoRef)
}
