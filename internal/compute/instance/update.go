package instance

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/plan"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// updateInstance changes the instance in place. A machine of which nothing is recorded is not told what only Terraform needs to know.
func updateInstance(ctx context.Context, req instanceRequest) (*model.Instance, error) {
	plan, had := *req.Plan, model.ReadPrivateState(ctx, req.Private)
	state := req.State.WithIDs(had)
	if had.Unrecorded && !req.Changes(ctx, plan.WithLocalOf(state)) {
		plan.Updated = state.Updated
		return &plan, nil
	}
	asked := plan
	if had.Unfinished { // what its creation would have told its guest is not in the plan
		asked.AdminPassWO = req.Config.AdminPassWO
	}
	server, err := instance{req.Client}.update(ctx, asked, state, had)
	if err != nil {
		return nil, err
	}
	now := settled(plan, server)
	crud.Note(ctx, req.Private, model.PrivateStateKey, model.PrivateStateOf(server).Asked(now, had))
	return &now, nil
}

func (r instance) update(ctx context.Context, plan, state model.Instance, had model.PrivateState) (openstack.Server, error) {
	want := vcenter.ServerUpdate{ServerSpec: plan.Spec()}
	named, err := r.chooseFlavor(ctx, &want.ServerSpec, plan, state, had)
	if err != nil {
		return openstack.Server{}, err
	}
	if had.Unrecorded { // it is adopted, and joins its group
		if want.Hints, err = r.hintsFor(ctx, want.Hints); err != nil {
			return openstack.Server{}, err
		}
	}
	want.Move = moves(plan, state)
	want.RewriteUserData = !had.Imported && !had.Unrecorded && !plan.UserData.Equal(state.UserData)
	key := vcenter.ServerKey{ID: state.ID.ValueString(), MoRef: had.MoRef}
	if !had.Unrecorded { // no port of such a machine is ours
		if err := r.Regroup(ctx, plan, state, key); err != nil {
			return openstack.Server{}, err
		}
	}
	server, err := r.replug(ctx, plan, state, want, key, had.Unfinished)
	if err != nil {
		return server, err
	}
	r.nameUnknown(ctx, &server, model.Networks(plan.Network))
	if named != nil && (!keepsFlavor(plan, state) || had.Unrecorded) { // a flavor made anew under its name keeps its tag
		former, _ := r.Client.Flavor(ctx, state.FlavorID.ValueString(), state.FlavorName.ValueString()) // where it is gone, its tag is
		if err := r.Client.LabelServer(ctx, server.MoRef, *named, former); err != nil {
			crud.Warn(ctx, "The flavor's tag is wrong on "+server.Name, "The change is complete but for the label: "+err.Error())
			server.Unlabelled = true
		}
	} else if named != nil {
		if err := r.Client.KeepLabel(ctx, server.MoRef, *named); err != nil {
			crud.Warn(ctx, "The flavor's tag is missing on "+server.Name, "The change is complete but for the label: "+err.Error())
			server.Unlabelled = true
		}
	}
	if plan.AccessIPv4.IsUnknown() {
		return r.await(ctx, server, plan.WaitForIP.ValueString())
	}
	return server, nil
}

// chooseFlavor fills in the flavor that the instance is to have, the zero one where it keeps its own, and gives the one that the plan
// names, nil where the catalogue does not know it.
func (r instance) chooseFlavor(ctx context.Context, want *openstack.ServerSpec, next, state model.Instance,
	had model.PrivateState) (named *openstack.Flavor, err error) {
	flavor, missing := r.Client.Flavor(ctx, want.Flavor.ID, want.Flavor.Name)
	if missing == nil {
		named = &flavor
	}
	same := keepsFlavor(next, state)
	target := model.TargetFlavor(had.Flavor, named, same)
	if had.Unrecorded && named != nil { // what it is recorded with is the catalogue's
		target = named
	}
	switch {
	case target == nil && !had.Own && same: // it keeps what it has, and the catalogue does not know the flavor
		want.Flavor = had.FlavorFromPriorState(want.Flavor)
	case target == nil:
		return nil, openstack.AttributeErrorf(next.FlavorField(), "%w", missing)
	case !had.Unrecorded && target.Same(had.Flavor) && target.ID == had.Flavor.ID: // it keeps the flavor as it was made with
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

// settled is with, but for what the plan has promised: an address may change at any time, and is read by the next plan, and so is a host.
func settled(m model.Instance, s openstack.Server) model.Instance {
	now := m.Observed(s)
	if !m.AccessIPv4.IsUnknown() {
		now.AccessIPv4, now.AccessIPv6 = m.AccessIPv4, m.AccessIPv6
	}
	if !m.Host.IsUnknown() {
		now.Host = m.Host
	}
	if !m.Zone.IsUnknown() { // one that somebody moved away shows so at the next plan
		now.Zone = m.Zone
	}
	promised, blocks := model.Networks(m.Network), model.Networks(now.Network)
	for i := range min(len(promised), len(blocks)) {
		if !promised[i].FixedV4.IsUnknown() {
			blocks[i].FixedV4 = promised[i].FixedV4
		}
		if !promised[i].FixedV6.IsUnknown() {
			blocks[i].FixedV6 = promised[i].FixedV6
		}
	}
	now.Network = model.NetworkList(blocks)
	return now
}

// moves says that an update brings the instance elsewhere.
func moves(plan, state model.Instance) bool {
	return plan.LiveMigration.ValueBool() && (!model.SameZone(plan.Zone.ValueString(), state.Zone.ValueString()) ||
		plan.Hypervisor.ValueString() != "" && !plan.Hypervisor.Equal(state.Hypervisor))
}
