package volumes

import (
	"context"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// setPolicy gives a disk that no machine has a storage policy by its id; empty: it stays as it is.
func (v *Volumes) setPolicy(ctx context.Context, d located, policy string) error {
	if policy == "" {
		return nil
	}
	_, manager, err := v.manager(ctx)
	if err != nil {
		return err
	}
	err = v.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.UpdateVStorageObjectPolicy_Task(ctx, vim, &types.UpdateVStorageObjectPolicy_Task{This: manager,
			Id: types.ID{Id: d.ID}, Datastore: d.store, Profile: place{policy: policy}.profile()})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return faults.Explain("giving the volume "+d.Name+" its storage policy", err)
}
