package instance

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Resource is an instance: a virtual machine as Nova's VMware driver would make it.
var Resource = crud.Resource[PortPlugger, instanceModel]{
	Name: "compute_instance", Schema: instanceSchema, Check: checkInstance, Plan: planInstance, PlanUnconfigured: planInstance,
	PlanDelete: planDestruction,
	Create:     createInstance, Read: readInstance, Update: updateInstance, Delete: deleteInstance, Import: importInstance,
	Timeouts: func(m *instanceModel) timeouts.Value { return m.Timeouts }, Timeout: instanceTimeout, Interrupt: crud.InterruptEndsWait,
	Title: func(m *instanceModel) string { return m.Name.ValueString() }, Private: []string{privateStateKey},
	Moves: instanceMoves, Upgrades: instanceUpgrades, Universal: true, Renews: true,
}

type instanceRequest = *crud.Request[PortPlugger, instanceModel]

// instance is what its verbs work with.
type instance struct{ PortPlugger }

// createInstance makes the instance. Once the VM exists it is in the state, whatever fails then.
func createInstance(ctx context.Context, req instanceRequest) (*instanceModel, error) {
	plan := *req.Plan
	plan.AdminPassWO = req.Config.AdminPassWO
	server, err := instance{req.Client}.create(ctx, plan)
	if server.ID == "" {
		return nil, err
	}
	plan.AdminPassWO = types.StringNull()
	made := plan.with(server)
	crud.Note(ctx, req.Private, privateStateKey, privateStateOf(server).asked(made, privateState{}))
	return &made, err
}

// create resolves what the plan names, makes the instance, labels it and waits for its address.
func (r instance) create(ctx context.Context, plan instanceModel) (made openstack.Server, err error) {
	request, err := r.resolve(ctx, plan)
	if err != nil {
		return openstack.Server{}, err
	}
	request.ID = uuid.NewString()
	defer r.Client.Making(request.ID)()
	r.Client.Planned.Instances.Release(request.Name)
	groups, err := r.groupIDs(ctx, request.SecurityGroups)
	if err != nil {
		return openstack.Server{}, err
	}
	if err := r.plugAll(ctx, request, groups, networks(plan.Network)); err != nil {
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
		return server, plan.atFlavor(request.Flavor, err)
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
func readInstance(ctx context.Context, req instanceRequest) (*instanceModel, error) {
	r, state := instance{req.Client}, *req.State
	from, had := crud.OriginOf(ctx, req.Private), readPrivateState(ctx, req.Private)
	server, err := r.find(ctx, vcenter.ServerKey{ID: state.ID.ValueString(), MoRef: had.MoRef}, from)
	if err != nil {
		if errors.Is(err, openstack.ErrNotFound) && from == nil {
			r.Client.Gone(state.ID.ValueString())
		}
		return nil, err
	}
	r.nameUnknown(ctx, &server, networks(state.Network))
	remember := privateStateOf(server)
	arrived(ctx, from, &had, req.Private)
	remember.Unlabelled = had.Unlabelled
	remember.Imported, remember.Fresh, remember.At.Asked, remember.At.Home = had.Imported, had.Importing, had.At.Asked, had.At.Home
	now := state.with(server).showRequestedNode(&remember.At)
	if remember.Unrecorded {
		now = now.keepUnreadable(state)
	}
	warnOtherAddresses(ctx, server)
	for _, nic := range server.NICs {
		r.Network.Planned().Ports.Read(nic.Port)
	}
	r.Client.Planned.Instances.Own(server.MoRef)
	r.Client.Planned.Usage.Meet(server.Name, usageOf(now, remember.Disks))
	now.SecurityGroups, err = r.inForce(ctx, server, now.SecurityGroups)
	if remember.Fresh && state.Name.IsNull() && !remember.Unrecorded {
		now = now.byName()
	}
	crud.Note(ctx, req.Private, privateStateKey, remember)
	return &now, crud.Titled("Cannot read the security groups of compute instance "+server.Name, err)
}

// updateInstance changes the instance in place. A machine of which nothing is recorded is not told what only Terraform needs to know.
func updateInstance(ctx context.Context, req instanceRequest) (*instanceModel, error) {
	plan, had := *req.Plan, readPrivateState(ctx, req.Private)
	state := req.State.whole(had)
	if had.Unrecorded && !plan.differsBeyondLocal(ctx, req, state) {
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
	now := plan.settled(server)
	crud.Note(ctx, req.Private, privateStateKey, privateStateOf(server).asked(now, had))
	return &now, nil
}

func (r instance) update(ctx context.Context, plan, state instanceModel, had privateState) (openstack.Server, error) {
	want := vcenter.ServerUpdate{ServerSpec: plan.spec()}
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
		if err := r.regroup(ctx, plan, state, key); err != nil {
			return openstack.Server{}, err
		}
	}
	server, err := r.replug(ctx, plan, state, want, key, had.Unfinished)
	if err != nil {
		return server, err
	}
	r.nameUnknown(ctx, &server, networks(plan.Network))
	if named != nil && (!plan.sameFlavor(state) || had.Unrecorded) { // a flavor made anew under its name keeps its tag
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
func (r instance) chooseFlavor(ctx context.Context, want *openstack.ServerSpec, plan, state instanceModel,
	had privateState) (named *openstack.Flavor, err error) {
	flavor, missing := r.Client.Flavor(ctx, want.Flavor.ID, want.Flavor.Name)
	if missing == nil {
		named = &flavor
	}
	same := plan.sameFlavor(state)
	target := targetFlavor(had.Flavor, named, same)
	if had.Unrecorded && named != nil { // what it is recorded with is the catalogue's
		target = named
	}
	switch {
	case target == nil && !had.Own && same: // it keeps what it has, and the catalogue does not know the flavor
		want.Flavor = had.flavorFromPriorState(want.Flavor)
	case target == nil:
		return nil, openstack.AttributeErrorf(plan.flavorField(), "%w", missing)
	case !had.Unrecorded && target.Same(had.Flavor) && target.ID == had.Flavor.ID: // it keeps the flavor as it was made with
		want.Flavor = openstack.Flavor{}
	default:
		if err := resizable(state.PowerState.ValueString(), want.PowerState); err != nil && !had.adopts(*target, state) {
			return nil, err
		}
		want.Flavor = *target
	}
	return named, nil
}

// sameFlavor says that a plan names the flavor of the state.
func (m instanceModel) sameFlavor(state instanceModel) bool {
	return m.FlavorID.Equal(state.FlavorID) && m.FlavorName.Equal(state.FlavorName)
}

// settled is with, but for what the plan has promised: an address may change at any time, and is read by the next plan, and so is a host.
func (m instanceModel) settled(s openstack.Server) instanceModel {
	now := m.with(s)
	if !m.AccessIPv4.IsUnknown() {
		now.AccessIPv4, now.AccessIPv6 = m.AccessIPv4, m.AccessIPv6
	}
	if !m.Host.IsUnknown() {
		now.Host = m.Host
	}
	if !m.Zone.IsUnknown() { // one that somebody moved away shows so at the next plan
		now.Zone = m.Zone
	}
	promised, blocks := networks(m.Network), networks(now.Network)
	for i := range min(len(promised), len(blocks)) {
		if !promised[i].FixedV4.IsUnknown() {
			blocks[i].FixedV4 = promised[i].FixedV4
		}
		if !promised[i].FixedV6.IsUnknown() {
			blocks[i].FixedV6 = promised[i].FixedV6
		}
	}
	now.Network = networkList(blocks)
	return now
}

// deleteInstance destroys the instance.
func deleteInstance(ctx context.Context, req instanceRequest) (err error) {
	r := instance{req.Client}
	var had privateState
	if *req.State, had, err = r.readBeforeDelete(ctx, *req.State, readPrivateState(ctx, req.Private),
		crud.OriginOf(ctx, req.Private)); err != nil {
		return err
	}
	state := *req.State
	key := vcenter.ServerKey{ID: state.ID.ValueString(), MoRef: had.MoRef}
	r.Client.Planned.Usage.Leave(state.Name.ValueString(), usageOf(state, had.Disks))
	err = r.Client.DeleteServerWith(ctx, key, state.StopFirst.ValueBool(), func(besides []string) {
		crud.Warn(ctx, "More than the instance is deleted", "With "+state.Name.ValueString()+" goes what was not of its "+
			"configuration: "+strings.Join(besides, ", "))
	})
	if err == nil || errors.Is(err, openstack.ErrNotFound) {
		r.UnplugAll(context.WithoutCancel(ctx), key.ID, state.nics()) // nobody comes back for them
	}
	return err
}

// importInstance takes an instance UUID, an inventory path or a managed object id. Nothing is changed in the vCenter.
func importInstance(ctx context.Context, req instanceRequest) (*instanceModel, error) {
	server, err := req.Client.Client.FindServer(ctx, req.ID)
	if err != nil {
		return nil, err
	}
	m, err := bare()
	m.ID = types.StringValue(server.ID)
	remember := privateStateOf(server)
	remember.Imported, remember.Importing = true, true
	crud.Note(ctx, req.Private, privateStateKey, remember)
	return &m, err
}
