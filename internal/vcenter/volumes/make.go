// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"errors"
	"fmt"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// make carries out a task that makes a disk. Where its answer is lost, the disk is looked for. A disk that exists comes back although
// there is an error.
func (v *Volumes) make(ctx context.Context, act, kind string, start starter, find finder) (located, error) {
	result, err := v.run(ctx, kind, start)
	if made, ok := result.(types.VStorageObject); ok {
		v.seen.Store(made.Config.Id.Id, true)
		return located{fromDisk(made.Config), storeOf(made.Config), metadata.Values(made.Config.Metadata)}, faults.Explain(act, err)
	}
	if err == nil {
		return located{}, fmt.Errorf("%s: the vCenter does not say which disk it has made", act)
	}
	if errors.Is(err, openstack.ErrNotBegun) || faults.DefiniteFault(err) {
		return located{}, faults.Explain(act, err)
	}
	found, ok, failed := v.awaitMade(ctx, kind, find)
	switch {
	case failed != nil:
		return located{}, fmt.Errorf("%w; whether the disk exists could not be seen: %w", faults.Explain(act, err), failed)
	case !ok:
		return located{}, fmt.Errorf("%w; no disk of it has appeared since: apply again", faults.Explain(act, err))
	case faults.OutcomeUnknown(err):
		return found, nil
	}
	return found, faults.Explain(act, err)
}
