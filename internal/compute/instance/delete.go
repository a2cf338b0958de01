// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"
	"errors"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers/destruction"
)

// deleteInstance destroys the VM with its disks, and frees its ports.
func deleteInstance(ctx context.Context, req instanceRequest) (err error) {
	r := instance{req.Client}
	var had model.PrivateState
	if *req.State, had, err = r.readBeforeDelete(ctx, *req.State, model.ReadPrivateState(ctx, req.Private),
		crud.OriginOf(ctx, req.Private)); err != nil {
		return err
	}
	state := *req.State
	key := machine.Key{ID: state.ID.ValueString(), MoRef: had.MoRef}
	if err := r.CanUnplug(ctx, state.NICs()...); err != nil {
		return err
	}
	r.Client.Planned.Usage.Leave(state.Name.ValueString(), model.Usage(state, had.Disks))
	how := destruction.How{Gently: state.StopFirst.ValueBool(), Failed: had.Failed}
	err = r.Client.Servers.DeleteWith(ctx, key, how, func(s openstack.Server) {
		if len(s.Besides) > 0 {
			crud.Warn(ctx, "More than the instance is deleted", "With "+s.Name+" goes what was not of its configuration: "+
				strings.Join(s.Besides, ", "))
		}
		if len(s.Kept) > 0 {
			crud.Warn(ctx, "Volumes stay", "The instance "+s.Name+" was deleted, and what was made for its block_device blocks stays, as they "+
				"say (delete_on_termination): "+strings.Join(s.Kept, ", "))
		}
	})
	if err == nil || errors.Is(err, openstack.ErrNotFound) {
		r.UnplugAll(context.WithoutCancel(ctx), key.ID, state.NICs())
	}
	return err
}

// readBeforeDelete reads an instance that was moved from another provider and is destroyed before the first refresh.
func (r instance) readBeforeDelete(ctx context.Context, state model.Instance, had model.PrivateState, from *crud.Origin) (model.Instance,
	model.PrivateState, error) {
	if from == nil {
		return state, had, nil
	}
	server, err := r.find(ctx, machine.Key{ID: state.ID.ValueString()}, from)
	if err != nil {
		return state, had, err
	}
	return state.Observed(server), model.PrivateStateOf(server), nil
}
