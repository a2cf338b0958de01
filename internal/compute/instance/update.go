// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/plan"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// updateInstance changes the instance in place. On a VM without a record it writes nothing while only Terraform's own settings differ.
func updateInstance(ctx context.Context, req instanceRequest) (*model.Instance, error) {
	plan, had := *req.Plan, model.ReadPrivateState(ctx, req.Private)
	state := req.State.WithIDs(had)
	if had.Unrecorded && !req.Changes(ctx, plan.WithLocalOf(state)) {
		plan.Updated = state.Updated
		return &plan, nil
	}
	server, err := instance{req.Client}.update(ctx, told(plan, *req.Config, state, had), state, had)
	if err != nil {
		return nil, err
	}
	updated := keepPlanned(plan, server)
	crud.Note(ctx, req.Private, model.PrivateStateKey, model.PrivateStateOf(server).Asked(updated, had))
	return &updated, nil
}

// update brings the VM, its ports and its label to the plan.
func (r instance) update(ctx context.Context, plan, state model.Instance, had model.PrivateState) (openstack.Server, error) {
	want := servers.Update{ServerSpec: plan.Spec()}
	named, err := r.chooseFlavor(ctx, &want.ServerSpec, plan, state, had)
	if err != nil {
		return openstack.Server{}, err
	}
	if had.Unrecorded { // the adopted VM joins its group
		if want.Hints, err = r.hintsFor(ctx, want.Hints); err != nil {
			return openstack.Server{}, err
		}
	}
	want.Move = moves(plan, state)
	want.RewriteUserData = !had.Imported && !had.Unrecorded && (!plan.UserData.Equal(state.UserData) ||
		!plan.UserDataWOVer.Equal(state.UserDataWOVer))
	key := machine.Key{ID: state.ID.ValueString(), MoRef: had.MoRef}
	if !had.Unrecorded { // the NICs of such a VM were plugged in by others
		if err := r.Regroup(ctx, plan, state, key); err != nil {
			return openstack.Server{}, err
		}
	}
	server, err := r.replug(ctx, plan, state, want, key, had.Unfinished)
	if err != nil {
		return server, err
	}
	r.nameUnknown(ctx, &server, model.Networks(plan.Network))
	if named != nil {
		r.relabel(ctx, &server, *named, state, !keepsFlavor(plan, state) || had.Unrecorded)
	}
	if plan.AccessIPv4.IsUnknown() {
		return r.await(ctx, server, plan.WaitForIP.ValueString())
	}
	return server, nil
}

// chooseFlavor fills in the flavor that the instance is to have: the zero one where it keeps its own. It returns the flavor that the plan
// names, or nil where the catalogue does not have it.
func (r instance) chooseFlavor(ctx context.Context, want *openstack.ServerSpec, next, state model.Instance,
	had model.PrivateState) (named *openstack.Flavor, err error) {
	flavor, missing := r.Client.Flavors.Find(ctx, want.Flavor.ID, want.Flavor.Name)
	if missing == nil {
		named = &flavor
	}
	same := keepsFlavor(next, state)
	target := model.TargetFlavor(had.Flavor, named, same)
	if had.Unrecorded && named != nil { // an adopted VM is recorded with the catalogue's flavor
		target = named
	}
	switch {
	case target == nil && !had.Own && same: // the catalogue does not have the flavor that it keeps
		want.Flavor = had.FlavorFromPriorState(want.Flavor)
	case target == nil:
		return nil, openstack.AttributeErrorf(next.FlavorField(), "%w", missing)
	case !had.Unrecorded && target.Same(had.Flavor) && target.ID == had.Flavor.ID: // the flavor that it was made with
		want.Flavor = openstack.Flavor{}
	default:
		if err := plan.Resizable(state.PowerState.ValueString(), want.PowerState); err != nil && !had.Adopts(*target, state) {
			return nil, err
		}
		want.Flavor = *target
	}
	return named, nil
}

// keepsFlavor reports whether a plan names the flavor of the state.
func keepsFlavor(plan, state model.Instance) bool {
	return plan.FlavorID.Equal(state.FlavorID) && plan.FlavorName.Equal(state.FlavorName)
}

// keepPlanned returns the instance as observed after an update, but with the planned values of attributes that change by themselves:
// Terraform requires planned values, so another address, host or zone shows in the next plan.
func keepPlanned(m model.Instance, s openstack.Server) model.Instance {
	updated := m.Observed(s)
	if !m.AccessIPv4.IsUnknown() {
		updated.AccessIPv4, updated.AccessIPv6 = m.AccessIPv4, m.AccessIPv6
	}
	if !m.Host.IsUnknown() {
		updated.Host = m.Host
	}
	if !m.Zone.IsUnknown() {
		updated.Zone = m.Zone
	}
	promised, blocks := model.Networks(m.Network), model.Networks(updated.Network)
	for i := range min(len(promised), len(blocks)) {
		if !promised[i].FixedV4.IsUnknown() {
			blocks[i].FixedV4 = promised[i].FixedV4
		}
		if !promised[i].FixedV6.IsUnknown() {
			blocks[i].FixedV6 = promised[i].FixedV6
		}
	}
	updated.Network = model.NetworkList(blocks)
	return updated
}

// moves reports whether an update moves the instance.
func moves(plan, state model.Instance) bool {
	return plan.LiveMigration.ValueBool() && (!model.SameZone(plan.Zone.ValueString(), state.Zone.ValueString()) ||
		plan.Hypervisor.ValueString() != "" && !plan.Hypervisor.Equal(state.Hypervisor))
}

// relabel attaches the flavor's tag to the VM: another one where the flavor changes, else the same, in case it was removed. A flavor that
// was made anew under its name keeps its tag.
func (r instance) relabel(ctx context.Context, server *openstack.Server, flavor openstack.Flavor, state model.Instance, changes bool) {
	if !changes {
		if err := r.Client.Labels.Keep(ctx, server.MoRef, flavor); err != nil {
			crud.Warn(ctx, "The flavor's tag is missing on "+server.Name, "The change is complete but for the label: "+err.Error())
			server.Unlabelled = true
		}
		return
	}
	// a flavor that is gone has no tag left
	former, _ := r.Client.Flavors.Find(ctx, state.FlavorID.ValueString(), state.FlavorName.ValueString())
	if err := r.Client.Labels.Attach(ctx, server.MoRef, flavor, former); err != nil {
		crud.Warn(ctx, "The flavor's tag is wrong on "+server.Name, "The change is complete but for the label: "+err.Error())
		server.Unlabelled = true
	}
}
