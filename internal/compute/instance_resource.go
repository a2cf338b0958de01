package compute

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// NewInstance gives the instance resource to the framework. It is written by hand rather than as a crud.Resource: it has
// timeouts, a plan of its own, and remembers its VM's managed object id beside the state.
func NewInstance() resource.Resource { return &instance{} }

type instance struct {
	sockets
	home crud.Home
}

var (
	_ resource.ResourceWithConfigure      = &instance{}
	_ resource.ResourceWithImportState    = &instance{}
	_ resource.ResourceWithModifyPlan     = &instance{}
	_ resource.ResourceWithMoveState      = &instance{}
	_ resource.ResourceWithUpgradeState   = &instance{}
	_ resource.ResourceWithValidateConfig = &instance{}
)

// Metadata names the resource.
func (r *instance) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_compute_instance"
}

// Schema is what the user writes.
func (r *instance) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = instanceSchema(ctx)
}

// Configure takes the client, which is absent while the provider's configuration is not known.
func (r *instance) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.sockets, _ = crud.Pick[sockets](req.ProviderData)
	r.home, _ = crud.Pick[crud.Home](req.ProviderData)
}

func (r *instance) ready(diags *diag.Diagnostics) bool {
	if r.client == nil {
		crud.Unconfigured(diags)
	}
	return !diags.HasError()
}

// Create makes the instance. Once the VM exists it is in the state, whatever fails then.
func (r *instance) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan instanceModel
	resp.Diagnostics.Append(crud.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("admin_pass_wo"), &plan.AdminPassWO)...)
	if !r.ready(&resp.Diagnostics) {
		return
	}
	limit, diags := plan.Timeouts.Create(ctx, instanceTimeout)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	ctx, flush := crud.WithWarnings(ctx, &resp.Diagnostics)
	server, err := r.create(ctx, plan)
	flush()
	crud.Report(&resp.Diagnostics, "Cannot create compute instance "+plan.Name.ValueString(), err)
	if server.ID != "" {
		plan.AdminPassWO = types.StringNull()
		made := plan.with(server)
		resp.Diagnostics.Append(crud.Set(context.WithoutCancel(ctx), &resp.State, made)...)
		resp.Diagnostics.Append(asideOf(server).asked(made, aside{}).write(ctx, resp.Private)...)
		resp.Diagnostics.Append(crud.Settle(ctx, r.home, resp.Private)...)
	}
}

// create resolves what the plan names, makes the instance, labels it and waits for its address.
func (r *instance) create(ctx context.Context, plan instanceModel) (made openstack.Server, err error) {
	request, err := r.resolve(ctx, plan)
	if err != nil {
		return openstack.Server{}, err
	}
	request.ID = uuid.NewString()
	defer r.client.Making(request.ID)()
	r.client.Planned.Instances.Release(request.Name)
	groups, err := r.groupIDs(ctx, request.SecurityGroups)
	if err != nil {
		return openstack.Server{}, err
	}
	if err := r.plugAll(ctx, request, groups, networks(plan.Network)); err != nil {
		if taken := r.client.NameTaken(context.WithoutCancel(ctx), request); taken != nil {
			err = taken // what has the name has the ports and addresses too, and the error of the name says how it can be had
		}
		return openstack.Server{}, err
	}
	server, err := r.client.CreateServer(ctx, request)
	if server.ID == "" && vcenter.Refused(err) && ctx.Err() == nil {
		if moved, failed := r.rebook(ctx, request.ID, request.NICs); failed == nil && moved {
			server, err = r.client.CreateServer(ctx, request)
		}
	}
	if server.ID == "" {
		r.unbookAll(context.WithoutCancel(ctx), request.ID, request.NICs)
	}
	if err != nil {
		return server, plan.atFlavor(request.Flavor, err)
	}
	r.nameNetworks(ctx, &server)
	warnUntoldRoutes(ctx, server, request.NICs)
	if err := r.client.LabelServer(ctx, server.MoRef, request.Flavor, openstack.Flavor{}); err != nil {
		crud.Warn(ctx, "The flavor's tag is missing on "+server.Name, "The instance is complete but for its label, which its next change attaches: "+err.Error())
		defer func() { made.Unlabelled = true }()
	}
	if plan.PowerState.ValueString() == openstack.Suspended {
		return r.client.UpdateServer(ctx, vcenter.ServerKey{ID: server.ID, MoRef: server.MoRef}, suspended(server))
	}
	if server, err = r.await(ctx, server, plan.WaitForIP.ValueString()); err != nil {
		return server, err
	}
	return server, r.awaitCloudInit(ctx, server, plan.WaitForInit.ValueString())
}

func suspended(s openstack.Server) openstack.Server {
	s.PowerState = openstack.Suspended
	return s
}

// Read brings the state up to date, or removes an instance whose VM is gone.
func (r *instance) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state instanceModel
	if resp.Diagnostics.Append(crud.Get(ctx, req.State, &state)...); !r.ready(&resp.Diagnostics) {
		return
	}
	if _, ok := crud.Comes(ctx, r.home, req.Private, &resp.Diagnostics); !ok {
		return
	}
	resp.Diagnostics.Append(crud.Settle(ctx, r.home, resp.Private)...)
	from, had := crud.OriginOf(ctx, req.Private), readAside(ctx, req.Private)
	server, err := r.find(ctx, vcenter.ServerKey{ID: state.ID.ValueString(), MoRef: had.MoRef}, from)
	if errors.Is(err, openstack.ErrNotFound) {
		if from == nil {
			r.client.Gone(state.ID.ValueString())
		}
		resp.State.RemoveResource(ctx)
		return
	}
	crud.Report(&resp.Diagnostics, "Cannot read compute instance", err)
	if err != nil {
		return
	}
	r.nameUnknown(ctx, &server, networks(state.Network))
	remember := asideOf(server)
	resp.Diagnostics.Append(arrived(ctx, from, &had, resp.Private)...)
	remember.Unlabelled = had.Unlabelled
	remember.Imported, remember.Fresh, remember.At.Asked, remember.At.Home = had.Imported, had.Importing, had.At.Asked, had.At.Home
	now := state.with(server).stillAt(&remember.At)
	if remember.Unrecorded {
		now = now.toldBefore(state)
	}
	ctx, flush := crud.WithWarnings(ctx, &resp.Diagnostics)
	warnOtherAddresses(ctx, server)
	for _, nic := range server.NICs {
		r.net.Planned().Ports.Read(nic.Port)
	}
	r.client.Planned.Instances.Own(server.MoRef)
	r.client.Planned.Usage.Meet(server.Name, usageOf(now, remember.Disks))
	now.SecurityGroups, err = r.inForce(ctx, server, now.SecurityGroups)
	flush()
	crud.Report(&resp.Diagnostics, "Cannot read the security groups of compute instance "+server.Name, err)
	if remember.Fresh && state.Name.IsNull() && !remember.Unrecorded { // what was moved has a name
		now = now.byName()
	}
	resp.Diagnostics.Append(crud.Set(ctx, &resp.State, now)...)
	resp.Diagnostics.Append(remember.write(ctx, resp.Private)...)
}

// Update changes the instance in place.
func (r *instance) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state instanceModel
	resp.Diagnostics.Append(crud.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.Append(crud.Get(ctx, req.State, &state)...); !r.ready(&resp.Diagnostics) {
		return
	}
	if !crud.AtHome(ctx, r.home, req.Private, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(crud.Settle(ctx, r.home, resp.Private)...)
	limit, diags := plan.Timeouts.Update(ctx, instanceTimeout)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	ctx, flush := crud.WithWarnings(ctx, &resp.Diagnostics)
	had := readAside(ctx, req.Private)
	state = state.whole(had)
	if had.Unrecorded && !plan.besides(ctx, req.State, state) {
		plan.Updated = state.Updated // nothing to tell the vCenter
		resp.Diagnostics.Append(crud.Set(ctx, &resp.State, plan)...)
		flush()
		return
	}
	asked := plan
	if had.Unfinished { // what its creation would have told its guest is not in the plan
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("admin_pass_wo"), &asked.AdminPassWO)...)
	}
	server, err := r.update(ctx, asked, state, had)
	flush()
	crud.Report(&resp.Diagnostics, "Cannot update compute instance "+state.Name.ValueString(), err)
	if err == nil {
		now := plan.settled(server)
		resp.Diagnostics.Append(crud.Set(ctx, &resp.State, now)...)
		resp.Diagnostics.Append(asideOf(server).asked(now, had).write(ctx, resp.Private)...)
	}
}

func (r *instance) update(ctx context.Context, plan, state instanceModel, had aside) (openstack.Server, error) {
	want := plan.server()
	named, err := r.chooseFlavor(ctx, &want, plan, state, had)
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
		former, _ := r.client.Flavor(ctx, state.FlavorID.ValueString(), state.FlavorName.ValueString()) // where it is gone, its tag is
		if err := r.client.LabelServer(ctx, server.MoRef, *named, former); err != nil {
			crud.Warn(ctx, "The flavor's tag is wrong on "+server.Name, "The change is complete but for the label: "+err.Error())
			server.Unlabelled = true
		}
	} else if named != nil {
		if err := r.client.KeepLabel(ctx, server.MoRef, *named); err != nil {
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
func (r *instance) chooseFlavor(ctx context.Context, want *openstack.Server, plan, state instanceModel, had aside) (named *openstack.Flavor, err error) {
	flavor, missing := r.client.Flavor(ctx, want.Flavor.ID, want.Flavor.Name)
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
		want.Flavor = had.flavorOnce(want.Flavor)
	case target == nil:
		return nil, openstack.Wrong(plan.flavorField(), "%w", missing)
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

// Delete destroys the instance.
func (r *instance) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state instanceModel
	if resp.Diagnostics.Append(crud.Get(ctx, req.State, &state)...); !r.ready(&resp.Diagnostics) {
		return
	}
	if !crud.AtHome(ctx, r.home, req.Private, &resp.Diagnostics) {
		return
	}
	limit, diags := state.Timeouts.Delete(ctx, instanceTimeout)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	state, had, err := r.atLast(ctx, state, readAside(ctx, req.Private), crud.OriginOf(ctx, req.Private))
	if err != nil {
		crud.Report(&resp.Diagnostics, "Cannot delete compute instance "+state.Name.ValueString(), err)
		return
	}
	key := vcenter.ServerKey{ID: state.ID.ValueString(), MoRef: had.MoRef}
	r.client.Planned.Usage.Leave(state.Name.ValueString(), usageOf(state, had.Disks))
	ctx, flush := crud.WithWarnings(ctx, &resp.Diagnostics)
	err = r.client.DeleteServerWith(ctx, key, state.StopFirst.ValueBool(), func(besides []string) {
		crud.Warn(ctx, "More than the instance is deleted", "With "+state.Name.ValueString()+" goes what was not of its configuration: "+strings.Join(besides, ", "))
	})
	if err == nil || errors.Is(err, openstack.ErrNotFound) {
		r.unplugAll(context.WithoutCancel(ctx), key.ID, state.server().NICs) // nobody comes back for them
	}
	flush()
	crud.Report(&resp.Diagnostics, "Cannot delete compute instance "+state.Name.ValueString(), err)
}

// ImportState takes an instance UUID, an inventory path or a managed object id. Nothing is changed in the vCenter.
func (r *instance) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.ready(&resp.Diagnostics) {
		return
	}
	server, err := r.client.FindServer(ctx, req.ID)
	if crud.Report(&resp.Diagnostics, "Cannot import compute instance", err); err != nil {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), server.ID)...)
	remember := asideOf(server)
	remember.Imported, remember.Importing = true, true
	resp.Diagnostics.Append(remember.write(ctx, resp.Private)...)
	resp.Diagnostics.Append(crud.Settle(ctx, r.home, resp.Private)...)
}
