// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// createInstance makes the instance. Once its VM exists the instance is in the state, whatever fails afterwards.
func createInstance(ctx context.Context, req instanceRequest) (*model.Instance, error) {
	plan := *req.Plan
	server, err := instance{req.Client}.create(ctx, plan.Told(*req.Config))
	if server.ID == "" {
		return nil, err
	}
	made := plan.Observed(server)
	crud.Note(ctx, req.Private, model.PrivateStateKey, model.PrivateStateOf(server).Asked(made, model.PrivateState{}))
	return &made, err
}

// create resolves the names in the plan, plugs the NICs, makes the VM, labels it and waits for its address. A server that it returns with
// an error exists if it has an id.
func (r instance) create(ctx context.Context, plan model.Instance) (made openstack.Server, err error) {
	request, err := r.resolve(ctx, plan)
	if err != nil {
		return openstack.Server{}, err
	}
	request.ID = uuid.NewString()
	defer r.Client.Machines.Making(request.ID)()
	r.Client.Planned.Instances.Release(request.Name)
	groups, err := r.GroupIDs(ctx, request.SecurityGroups)
	if err != nil {
		return openstack.Server{}, err
	}
	if err := r.PlugAll(ctx, request, groups, model.Networks(plan.Network)); err != nil {
		if taken := r.Client.Servers.NameTaken(context.WithoutCancel(ctx), request); taken != nil {
			err = taken // the VM of that name has the ports and addresses too, and its error tells how to take it over
		}
		return openstack.Server{}, err
	}
	server, err := r.Client.Servers.Create(ctx, request)
	if server.ID == "" && servers.Refused(err) && ctx.Err() == nil { // a booked port may be taken by now
		if moved, failed := r.Rebook(ctx, request.ID, request.NICs); failed == nil && moved {
			server, err = r.Client.Servers.Create(ctx, request)
		}
	}
	if server.ID == "" {
		r.UnbookAll(context.WithoutCancel(ctx), request.ID, request.NICs)
	}
	if err != nil {
		return server, plan.AtUserData(plan.AtFlavor(request.Flavor, err))
	}
	r.nameNetworks(ctx, &server)
	warnUntoldRoutes(ctx, server, request.NICs)
	if err := r.Client.Labels.Attach(ctx, server.MoRef, request.Flavor, openstack.Flavor{}); err != nil {
		crud.Warn(ctx, "The flavor's tag is missing on "+server.Name, "The instance is complete but for its label, which its next change "+
			"attaches: "+err.Error())
		defer func() { made.Unlabelled = true }()
	}
	if plan.PowerState.ValueString() == openstack.Suspended {
		return r.Client.Servers.Update(ctx, machine.Key{ID: server.ID, MoRef: server.MoRef},
			servers.Update{ServerSpec: suspended(server.ServerSpec)})
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

// warnUntoldRoutes warns of routes of subnets that a customized guest does not learn: vSphere's customization sets only a default
// gateway.
func warnUntoldRoutes(ctx context.Context, server openstack.Server, nics []openstack.NIC) {
	var routes []string
	for _, nic := range nics {
		for _, lease := range nic.Guest {
			for _, r := range lease.Routes {
				routes = append(routes, r.Destination+" by "+r.NextHop)
			}
		}
	}
	if len(routes) > 0 && vmspec.Customizes(server.Properties) != "" {
		crud.WarnAt(ctx, path.Root("network"), "The guest is not told of its subnets' routes", fmt.Sprintf(
			"network: vSphere's guest customization, which the image of %s asks for, knows a default gateway and no other routes: %s. "+
				"Configure them in the guest, or use an image with cloud-init", server.Name, strings.Join(routes, ", ")))
	}
}
