// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// share makes a profile that all ports share, once, and leaves one that is there as it is.
func (b *Backend) share(ctx context.Context, p policy.Profile) error {
	known, _ := b.profiles.LoadOrStore(p.Path, &wire.Lookup[bool]{})
	once, _ := known.(*wire.Lookup[bool])
	_, err := once.Get(func() (bool, error) {
		err := b.api.Create(ctx, p.Path, p.Body, nil)
		if errors.Is(err, api.ErrExists) {
			err = nil
		}
		return true, err
	})
	return err
}

// unshare removes the shared profiles after a segment is gone, as far as no port is bound to them any more: NSX refuses to delete one that
// is in use, whoever uses it. What fails otherwise is no reason to fail the deletion of a network.
func (b *Backend) unshare(ctx context.Context) {
	for _, path := range b.root.SharedProfiles() {
		b.profiles.Delete(path)
		if err := b.api.DeleteUnused(ctx, path); err != nil && !errors.Is(err, api.ErrInUse) {
			logging.Network.Info(ctx, "a shared profile of ports could not be deleted", "profile", path, "error", err.Error())
		}
	}
}
