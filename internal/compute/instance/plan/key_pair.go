package plan

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// checkKeyPair warns of a key pair that nobody knows yet.
func (p *planning) checkKeyPair(ctx context.Context) error {
	if p.plan.KeyPair.ValueString() == "" || !crud.Known(p.plan.KeyPair) {
		return nil
	}
	err := p.client.KeyPairPlanned(ctx, p.plan.KeyPair.ValueString())
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
