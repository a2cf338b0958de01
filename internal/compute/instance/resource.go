package instance

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Resource is an instance: a virtual machine as Nova's VMware driver would make it.
var Resource = crud.Resource[ports.Plugger, model.Instance]{
	Name: "compute_instance", Schema: instanceSchema, Check: checkInstance, Plan: planInstance, PlanUnconfigured: planInstance,
	PlanDelete: planDestruction,
	Create:     createInstance, Read: readInstance, Update: updateInstance, Delete: deleteInstance, Import: importInstance,
	Timeouts: func(m *model.Instance) timeouts.Value { return m.Timeouts }, Timeout: instanceTimeout, Interrupt: crud.InterruptEndsWait,
	Title: func(m *model.Instance) string { return m.Name.ValueString() }, Private: []string{model.PrivateStateKey},
	Moves: instanceMoves, Upgrades: instanceUpgrades, Universal: true, Renews: true,
}

type instanceRequest = *crud.Request[ports.Plugger, model.Instance]

// instance is what its verbs work with.
type instance struct{ ports.Plugger }

// createInstance makes the instance. Once the VM exists it is in the state, whatever fails then.
func createInstance(ctx context.Context, req instanceRequest) (*model.Instance, error) {
	plan := *req.Plan
	plan.AdminPassWO = req.Config.AdminPassWO
	server, err := instance{req.Client}.create(ctx, plan)
	if server.ID == "" {
		return nil, err
	}
	plan.AdminPassWO = types.StringNull()
	made := plan.Observed(server)
	crud.Note(ctx, req.Private, model.PrivateStateKey, model.PrivateStateOf(server).Asked(made, model.PrivateState{}))
	return &made, err
}

// create resolves what the plan names, makes the instance, labels it and waits for its address.
func (r instance) create(ctx context.Context, plan model.Instance) (made openstack.Server, err error) {
	request, err := r.resolve(ctx, plan)
	if err != nil {
		return openstack.Server{}, err
	}
	request.ID = uuid.NewString()
	defer r.Client.Making(request.ID)()
	r.Client.Planned.Instances.Release(request.Name)
	groups, err := r.GroupIDs(ctx, request.SecurityGroups)
	if err != nil {
		return openstack.Server{}, err
	}
	if err := r.PlugAll(ctx, request, groups, model.Networks(plan.Network)); err != nil {
		if taken := r.Client.NameTaken(context.WithoutCancel(ctx), request); taken != nil {
			err = taken // what has the name has the ports and addresses too, and the error of the name says how it can be had
		}
		return openstack.Server{}, err
	}
	server, err := r.Client.CreateServer(ctx, request)
	if server.ID == "" && vcenter.Refused(err) && ctx.Err() == nil {
		if moved, failed := r.Rebook(ctx, request.ID, request.NICs); failed == nil && moved {
			server, err = r.Client.CreateServer(ctx, request)
		}
	}
	if server.ID == "" {
		r.UnbookAll(context.WithoutCancel(ctx), request.ID, request.NICs)
	}
	if err != nil {
		return server, plan.AtFlavor(request.Flavor, err)
	}
	r.nameNetworks(ctx, &server)
	warnUntoldRoutes(ctx, server, request.NICs)
	if err := r.Client.LabelServer(ctx, server.MoRef, request.Flavor, openstack.Flavor{}); err != nil {
		crud.Warn(ctx, "The flavor's tag is missing on "+server.Name, "The instance is complete but for its label, which its next change "+
			"attaches: "+err.Error())
		defer func() { made.Unlabelled = true }()
	}
	if plan.PowerState.ValueString() == openstack.Suspended {
		return r.Client.UpdateServer(ctx, vcenter.ServerKey{ID: server.ID, MoRef: server.MoRef},
			vcenter.ServerUpdate{ServerSpec: suspended(server.ServerSpec)})
	}
	if server, err = r.await(ctx, server, plan.WaitForIP.ValueString()); err != nil {
		return server, err
	}
	return server, r.awaitCloudInit(ctx, server, plan.WaitForInit.ValueString())
}

func suspended(s openstack.ServerSpec) openstack.ServerSpec {
	s.PowerState = openstack.Suspended
	return s
}

// readInstance brings the state up to date. What was moved has a name already.
func readInstance(ctx context.Context, req instanceRequest) (*model.Instance, error) {
	r, state := instance{req.Client}, *req.State
	from, had := crud.OriginOf(ctx, req.Private), model.ReadPrivateState(ctx, req.Private)
	server, err := r.find(ctx, vcenter.ServerKey{ID: state.ID.ValueString(), MoRef: had.MoRef}, from)
	if err != nil {
		if errors.Is(err, openstack.ErrNotFound) && from == nil {
			r.Client.Gone(state.ID.ValueString())
		}
		return nil, err
	}
	r.nameUnknown(ctx, &server, model.Networks(state.Network))
	remember := model.PrivateStateOf(server)
	arrived(ctx, from, &had, req.Private)
	remember.Unlabelled = had.Unlabelled
	remember.Imported, remember.Fresh, remember.At.Asked, remember.At.Home = had.Imported, had.Importing, had.At.Asked, had.At.Home
	now := state.Observed(server).ShowRequestedNode(&remember.At)
	if remember.Unrecorded {
		now = now.KeepUnreadable(state)
	}
	warnOtherAddresses(ctx, server)
	for _, nic := range server.NICs {
		r.Network.Planned().Ports.Read(nic.Port)
	}
	r.Client.Planned.Instances.Own(server.MoRef)
	r.Client.Planned.Usage.Meet(server.Name, model.Usage(now, remember.Disks))
	now.SecurityGroups, err = r.InForce(ctx, server, now.SecurityGroups)
	if remember.Fresh && state.Name.IsNull() && !remember.Unrecorded {
		now = now.WithoutIDs()
	}
	crud.Note(ctx, req.Private, model.PrivateStateKey, remember)
	return &now, crud.Titled("Cannot read the security groups of compute instance "+server.Name, err)
}

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
func (r instance) chooseFlavor(ctx context.Context, want *openstack.ServerSpec, plan, state model.Instance,
	had model.PrivateState) (named *openstack.Flavor, err error) {
	flavor, missing := r.Client.Flavor(ctx, want.Flavor.ID, want.Flavor.Name)
	if missing == nil {
		named = &flavor
	}
	same := keepsFlavor(plan, state)
	target := model.TargetFlavor(had.Flavor, named, same)
	if had.Unrecorded && named != nil { // what it is recorded with is the catalogue's
		target = named
	}
	switch {
	case target == nil && !had.Own && same: // it keeps what it has, and the catalogue does not know the flavor
		want.Flavor = had.FlavorFromPriorState(want.Flavor)
	case target == nil:
		return nil, openstack.AttributeErrorf(plan.FlavorField(), "%w", missing)
	case !had.Unrecorded && target.Same(had.Flavor) && target.ID == had.Flavor.ID: // it keeps the flavor as it was made with
		want.Flavor = openstack.Flavor{}
	default:
		if err := resizable(state.PowerState.ValueString(), want.PowerState); err != nil && !had.Adopts(*target, state) {
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

// deleteInstance destroys the instance.
func deleteInstance(ctx context.Context, req instanceRequest) (err error) {
	r := instance{req.Client}
	var had model.PrivateState
	if *req.State, had, err = r.readBeforeDelete(ctx, *req.State, model.ReadPrivateState(ctx, req.Private),
		crud.OriginOf(ctx, req.Private)); err != nil {
		return err
	}
	state := *req.State
	key := vcenter.ServerKey{ID: state.ID.ValueString(), MoRef: had.MoRef}
	r.Client.Planned.Usage.Leave(state.Name.ValueString(), model.Usage(state, had.Disks))
	err = r.Client.DeleteServerWith(ctx, key, state.StopFirst.ValueBool(), func(besides []string) {
		crud.Warn(ctx, "More than the instance is deleted", "With "+state.Name.ValueString()+" goes what was not of its "+
			"configuration: "+strings.Join(besides, ", "))
	})
	if err == nil || errors.Is(err, openstack.ErrNotFound) {
		r.UnplugAll(context.WithoutCancel(ctx), key.ID, state.Nics()) // nobody comes back for them
	}
	return err
}

// importInstance takes an instance UUID, an inventory path or a managed object id. Nothing is changed in the vCenter.
func importInstance(ctx context.Context, req instanceRequest) (*model.Instance, error) {
	server, err := req.Client.Client.FindServer(ctx, req.ID)
	if err != nil {
		return nil, err
	}
	m, err := bare()
	m.ID = types.StringValue(server.ID)
	remember := model.PrivateStateOf(server)
	remember.Imported, remember.Importing = true, true
	crud.Note(ctx, req.Private, model.PrivateStateKey, remember)
	return &m, err
}
