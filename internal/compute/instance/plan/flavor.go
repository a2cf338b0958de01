// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/warn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planFlavor plans the flavor's id and name together, and returns the flavor. It returns nil while the flavor is unknown, or where the
// instance keeps one that is gone. A flavor missing from the catalogue is a warning: another workspace may make it before the apply.
func planFlavor(ctx context.Context, in inputs) (*openstack.Flavor, error) {
	id, name := in.config.FlavorID, in.config.FlavorName
	if id.ValueString() == "" && name.ValueString() == "" && crud.Known(id, name) {
		if in.state != nil && !in.private.Own {
			return nil, nil // it keeps its flavor
		}
		return nil, openstack.AttributeErrorf("flavor_name", "an instance needs a flavor: write flavor_name or flavor_id")
	}
	if !crud.Known(id, name) {
		forgetFlavor(in.plan, id, name)
		return nil, nil
	}
	if in.client == nil {
		return nil, nil
	}
	flavor, err := in.client.Flavors.AsPlanned(ctx, id.ValueString(), name.ValueString())
	switch {
	case errors.Is(err, openstack.ErrNotFound) && in.sameFlavor():
		return nil, nil // the flavor is gone, and the instance keeps it
	case openstack.IsUnanswered(err) && in.sameFlavor():
		crud.WarnOnce(ctx, in.client.Planned, "OpenStack does not answer",
			fmt.Sprintf("%s: %s. Instances keep the flavor that they have; whether it has changed is not known", in.config.FlavorField(), err))
		return nil, nil
	case errors.Is(err, openstack.ErrContradiction) && !in.unrecorded():
		return nil, openstack.AttributeErrorf("flavor_id", "%w: write only one of flavor_id and flavor_name", err)
	case errors.Is(err, openstack.ErrNotFound):
		at := path.Root(in.config.FlavorField())
		crud.WarnAt(ctx, at, "Unknown flavor", fmt.Sprintf("%s: %s. Unless somebody makes it before, the apply will fail", at, err))
		forgetFlavor(in.plan, id, name)
		return nil, nil
	case openstack.IsUnanswered(err):
		return nil, openstack.AttributeErrorf(in.config.FlavorField(), "%w", err)
	case err != nil:
		return nil, err
	}
	if err := vmspec.Usable(flavor); err != nil && !in.sameFlavor() {
		return nil, in.config.AtFlavorField(err)
	}
	if flavor.Cloud != "" && !in.sameFlavor() {
		warn.ForeignFlavor(ctx, in.client, flavor)
	}
	in.plan.FlavorID, in.plan.FlavorName = crud.Written(id, flavor.ID, id.ValueString()), crud.Written(name, flavor.Name, name.ValueString())
	if in.state != nil && (in.state.FlavorID.ValueString() != "" || in.state.FlavorName.ValueString() != "") { // an adopted instance has none
		in.plan.FlavorID = keepForm(in.plan.FlavorID, in.state.FlavorID, flavor.ID)
		in.plan.FlavorName = keepForm(in.plan.FlavorName, in.state.FlavorName, flavor.Name)
	}
	return &flavor, nil
}

// keepForm keeps the state's form of an argument where plan or state has it empty and both mean value: that is no change.
func keepForm(plan, state types.String, value string) types.String {
	same := func(v types.String) bool { return v.ValueString() == "" || v.ValueString() == value }
	if (plan.ValueString() == "" || state.ValueString() == "") && same(plan) && same(state) {
		return state
	}
	return plan
}

// forgetFlavor makes the values unknown that depend on an unknown flavor, unless they are written.
func forgetFlavor(plan *model.Instance, id, name types.String) {
	forgetSize(plan)
	if id.IsNull() {
		plan.FlavorID = types.StringUnknown()
	}
	if name.IsNull() {
		plan.FlavorName = types.StringUnknown()
	}
}
