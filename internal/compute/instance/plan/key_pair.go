// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// checkKeyPair warns of a key pair missing from the catalogue: another workspace may make it before the apply.
func checkKeyPair(ctx context.Context, client *vcenter.Client, name types.String) error {
	if name.ValueString() == "" || !crud.Known(name) {
		return nil
	}
	err := client.KeyPairs.CheckPlanned(ctx, name.ValueString())
	if errors.Is(err, openstack.ErrNotFound) {
		crud.WarnAt(ctx, path.Root("key_pair"), "Unknown key pair", fmt.Sprintf("key_pair: %s. Unless somebody makes it before, the apply "+
			"will fail", err))
		return nil
	}
	if openstack.IsUnanswered(err) {
		return openstack.AttributeErrorf("key_pair", "%w", err)
	}
	return err
}
