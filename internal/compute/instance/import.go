package instance

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// byName leaves out the ids of flavor and image where their names are known. Terraform generates a configuration from what an import has
// read, and one that named each twice would contradict itself as soon as somebody edits it.
func (m instanceModel) byName() instanceModel {
	if m.FlavorName.ValueString() != "" {
		m.FlavorID = types.StringNull()
	}
	if m.ImageName.ValueString() != "" {
		m.ImageID = types.StringNull()
	}
	return m
}

// whole is a state with the ids that an import has left out.
func (m instanceModel) whole(a privateState) instanceModel {
	if m.FlavorID.IsNull() && m.FlavorName.ValueString() != "" && a.Flavor.ID != "" {
		m.FlavorID = types.StringValue(a.Flavor.ID)
	}
	if m.ImageID.IsNull() && m.ImageName.ValueString() != "" && a.Image != "" {
		m.ImageID = types.StringValue(a.Image)
	}
	return m
}

// restore has the plan look at a state with all ids.
func (p *planning) restore() {
	if p.state == nil {
		return
	}
	if whole := p.state.whole(p.private); !whole.FlavorID.Equal(p.state.FlavorID) || !whole.ImageID.Equal(p.state.ImageID) {
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
func (p *planning) quiet(ctx context.Context, req instanceRequest) (plan instanceModel, is bool) {
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
