// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// poolNetwork finds the network that a pool names, by its name or its id.
func poolNetwork(ctx context.Context, backend sdn.Backend, pool string) (openstack.Network, error) {
	n, err := backend.Network(ctx, "", pool)
	if errors.Is(err, openstack.ErrNotFound) {
		var failed error
		if n, failed = backend.Network(ctx, pool, ""); failed == nil {
			return n, nil
		}
	}
	if err != nil {
		if out, only := externalNamed(ctx, backend, pool); only {
			return out, nil
		}
		return n, openstack.AttributeErrorf("pool", "%w", err)
	}
	return n, nil
}

// externalNamed returns the one external network of a name that networks have which are not external.
func externalNamed(ctx context.Context, backend sdn.Backend, name string) (out openstack.Network, only bool) {
	all, err := backend.Networks(ctx)
	for _, n := range all {
		if n.Name == name && n.External {
			if only {
				return out, false
			}
			out, only = n, true
		}
	}
	return out, only && err == nil
}
