// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// claimName plans a name: the new one of an object with an id, or, without an id, that of a new object. The present name of an existing
// object counts as the configuration's own.
func claimName(ctx context.Context, client *vcenter.Client, kind string, now types.String, id, was types.String) error {
	if client != nil && id.ValueString() != "" {
		client.Planned.Names(kind).Own(id.ValueString())
	}
	if client == nil || !crud.Known(now) || id.ValueString() != "" && now.Equal(was) {
		return nil
	}
	return client.Names.Claim(ctx, kind, now.ValueString(), id.ValueString())
}
