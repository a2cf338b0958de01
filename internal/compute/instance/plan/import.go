package plan

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
)

// restore has the plan look at a state with all ids.
func (p *planning) restore() {
	if p.state == nil {
		return
	}
	if whole := p.state.WithIDs(p.private); !whole.FlavorID.Equal(p.state.FlavorID) || !whole.ImageID.Equal(p.state.ImageID) {
		p.imported, p.state = p.state, &whole
		if p.config.ImageID.IsNull() {
			p.plan.ImageID = whole.ImageID
		}
		if p.config.FlavorID.IsNull() {
			p.plan.FlavorID = whole.FlavorID
		}
	}
}

// quiet is the plan of an instance that was just imported, where it changes nothing but would show the ids that the import has left out.
func (p *planning) quiet(ctx context.Context, req Request) (plan model.Instance, is bool) {
	if p.imported == nil || p.rerecord {
		return plan, false
	}
	plan = *p.plan
	if p.config.FlavorID.IsNull() {
		plan.FlavorID = p.imported.FlavorID
	}
	if p.config.ImageID.IsNull() {
		plan.ImageID = p.imported.ImageID
	}
	return plan, !req.Changes(ctx, plan)
}
