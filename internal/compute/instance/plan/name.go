// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// claimName refuses a name that another VM of the folder has or is planned to have, and reserves it for this instance.
func claimName(ctx context.Context, in inputs) error {
	if in.client == nil || in.state != nil && in.private.MoRef == "" { // a state of an older release, which does not name the VM
		return nil
	}
	if in.private.MoRef != "" {
		in.client.Planned.Instances.Own(in.private.MoRef)
	}
	if !crud.Known(in.plan.Name) || in.state != nil && in.plan.Name.Equal(in.state.Name) {
		return nil
	}
	return in.client.Servers.ClaimName(ctx, in.plan.ID.ValueString(), in.plan.Spec(), in.private.MoRef)
}
