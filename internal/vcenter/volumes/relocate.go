// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// relocate moves a disk that no machine has to the datastore that a request finds, with its policy. It returns the disk as it lies then.
// A disk that lies there already, after an answer that was lost, is moved.
func (v *Volumes) relocate(ctx context.Context, have located, r Request) (located, error) {
	to, err := v.choose(ctx, r)
	if err != nil {
		return have, err
	}
	spec := types.VslmRelocateSpec{}
	spec.BackingSpec, spec.Profile = to.backing(have.Multiattach), to.profile()
	_, err = v.run(ctx, "RelocateVStorageObject_Task", func(ctx context.Context, vim *vim25.Client, manager ref) (ref, error) {
		res, err := methods.RelocateVStorageObject_Task(ctx, vim, &types.RelocateVStorageObject_Task{This: manager,
			Id: types.ID{Id: have.ID}, Datastore: have.store, Spec: spec})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if err != nil && !faults.OutcomeUnknown(err) {
		return have, faults.Explain("moving the volume "+have.Name+" to "+to.store.Name, err)
	}
	now, failed := v.locate(ctx, have.ID)
	switch {
	case failed != nil:
		return have, failed
	case err != nil && now.store != to.store.Self:
		return now, faults.Explain("moving the volume "+have.Name+" to "+to.store.Name, err)
	}
	return now, nil
}
