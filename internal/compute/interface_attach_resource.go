// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// InterfaceAttach is the resource of a NIC that an instance gets beside those of its own network blocks.
var InterfaceAttach = crud.Resource[ports.Plugger, interfaceModel]{
	Name: "compute_interface_attach", Schema: interfaceSchema, Plan: planInterface, Create: attachInterface, Read: readInterface,
	Delete: detachInterface, Import: importInterface, PlanUnconfigured: planInterface,
	Timeouts: func(m *interfaceModel) timeouts.Value { return m.Timeouts }, Timeout: interfaceTimeout,
}

type interfaceRequest = *crud.Request[ports.Plugger, interfaceModel]

const interfaceTimeout = 10 * time.Minute // as in the OpenStack provider

func interfaceSchema(ctx context.Context) schema.Schema {
	replace := stringplanmodifier.RequiresReplaceIf(replaceWritten, "A change replaces the NIC; an empty string says nothing.",
		"A change replaces the NIC; an empty string says nothing.")
	chosen := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), replace}}
	}
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
	return schema.Schema{
		MarkdownDescription: "A NIC that is plugged into an instance beside those of its `network` blocks, while it runs where the guest " +
			"allows it. It is of the model that the instance's image names, has the limits of its flavor, and a port of its own that the VM knows " +
			"as `nvp.iface-id`. A change of any argument but `region` replaces it. One that somebody removes from the VM is plugged in anew by " +
			"the next apply. The guest has to configure it: cloud-init does so where its network hotplug is on; a guest that vSphere has " +
			"customized (`novasphere_guest_customization`) is not told.",
		Attributes: map[string]schema.Attribute{
			"id": computed("The instance's id and the port's, with a slash between them."),
			"instance_id": schema.StringAttribute{MarkdownDescription: "The id of the instance.", Required: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"network_id": schema.StringAttribute{MarkdownDescription: "The id of the network to plug it into. Needed without `port_id`.",
				Optional: true, Computed: true,
				Validators:    []validator.String{stringvalidator.AtLeastOneOf(path.MatchRoot("port_id"))},
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplaceIfConfigured()}},
			"port_id": chosen("The id of a `networking_port`, which stays when the NIC goes. Unset: a port of its own."),
			"fixed_ip": chosen("The NIC's address. On a network with subnets it may be chosen; on another it is the first IPv4 address that " +
				"the guest reports, which is not waited for."),
			"mac":          computed("The NIC's address."),
			"network_name": computed("The network's name."),
			"region":       crud.Region(),
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

// replaceWritten replaces the NIC where the written value is not the NIC's.
func replaceWritten(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.ConfigValue.IsUnknown() || req.ConfigValue.ValueString() != ""
}

type interfaceModel struct {
	ID          types.String   `tfsdk:"id"`
	InstanceID  types.String   `tfsdk:"instance_id"`
	NetworkID   types.String   `tfsdk:"network_id"`
	PortID      types.String   `tfsdk:"port_id"`
	FixedIP     types.String   `tfsdk:"fixed_ip"`
	MAC         types.String   `tfsdk:"mac"`
	NetworkName types.String   `tfsdk:"network_name"`
	Region      types.String   `tfsdk:"region"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

// planInterface refuses what needs the networking service, and names the network.
func planInterface(ctx context.Context, req interfaceRequest) error {
	r, plan, state := req.Client, req.Plan, req.State
	was := interfaceModel{}
	if state != nil {
		was = *state
	}
	written := func(now, before types.String) bool { return now.ValueString() != "" && !now.Equal(before) }
	if written(plan.PortID, was.PortID) && written(plan.FixedIP, was.FixedIP) {
		return openstack.AttributeErrorf("fixed_ip", "a port has its own addresses: write fixed_ip in the networking_port, and leave it out here")
	}
	if state != nil && plan.NetworkID.Equal(state.NetworkID) {
		return nil
	}
	if plan.NetworkName = types.StringUnknown(); r.Client == nil || !crud.Known(plan.NetworkID) &&
		(!crud.Known(plan.PortID) || plan.PortID.ValueString() == "") {
		return nil
	}
	wish := *plan
	if !written(plan.PortID, was.PortID) { // it gets its own port, which goes with it
		wish.PortID = types.StringNull()
	}
	network, err := networkFor(ctx, r, wish)
	plan.NetworkID, plan.NetworkName = crud.Written(plan.NetworkID, network.ID), types.StringValue(network.Name)
	if err != nil || !written(plan.FixedIP, was.FixedIP) || plan.FixedIP.IsUnknown() {
		return err
	}
	plug := ports.Request{Network: network, Addresses: claimed(plan.FixedIP), At: "fixed_ip"}
	port, err := r.CheckClaim(ctx, plug)
	if err == nil && state == nil { // a replacement is planned once more, as if nothing existed
		r.Network.Planned().Ports.Expect(port)
	}
	return plug.Wrap(err)
}

// claimed returns a written address.
func claimed(address types.String) []openstack.FixedIP {
	if address.ValueString() == "" {
		return nil
	}
	return []openstack.FixedIP{{Address: address.ValueString()}}
}

// networkFor returns the written network, or that of the port. The result is always named by its id, so that a later plan finds the same
// in the state.
func networkFor(ctx context.Context, r ports.Plugger, m interfaceModel) (openstack.Network, error) {
	id := m.NetworkID.ValueString()
	if port := m.PortID.ValueString(); port != "" {
		found, err := r.Network.FindPort(ctx, port)
		if err == nil {
			err = r.Network.CheckPlug(ctx, found)
		}
		switch {
		case err != nil:
			return openstack.Network{}, openstack.AttributeErrorf("port_id", "%w", err)
		case id != "" && id != found.NetworkID:
			return openstack.Network{}, openstack.AttributeErrorf("network_id", "the port %s is on the network %s, not on %s: leave network_id out",
				port,
				found.NetworkID, id)
		}
		id = found.NetworkID
	}
	if id == "" {
		return openstack.Network{}, openstack.AttributeErrorf("network_id", "a NIC needs a network: write its id, or a port_id")
	}
	network, err := r.Client.Networks.Network(ctx, id, "")
	if err != nil {
		return network, openstack.AttributeErrorf("network_id", "%w", err)
	}
	if network.ID != id {
		return network, openstack.AttributeErrorf("network_id", "%s is a portgroup of the network %s: write the id of that, %q", id, network.Name,
			network.ID)
	}
	return network, nil
}

func attachInterface(ctx context.Context, req interfaceRequest) (*interfaceModel, error) {
	r, m := req.Client, *req.Plan
	network, err := networkFor(ctx, r, m)
	if err != nil {
		return nil, err
	}
	var wanted openstack.NIC
	at := ports.Request{NIC: &wanted, Network: network, Port: m.PortID.ValueString(), Addresses: claimed(m.FixedIP), At: "network_id"}
	if at.Port != "" {
		at.At = "port_id"
	} else if len(at.Addresses) > 0 {
		at.At = "fixed_ip"
	}
	if err := r.Plug(ctx, m.InstanceID.ValueString(), at); err != nil {
		return nil, err
	}
	wanted.NetworkID = network.ID
	nic, err := r.Client.Servers.AttachInterface(ctx, m.InstanceID.ValueString(), network, wanted)
	if nic.Port == "" && servers.Refused(err) && ctx.Err() == nil {
		again := []openstack.NIC{wanted}
		if moved, failed := r.Rebook(ctx, m.InstanceID.ValueString(), again); failed == nil && moved {
			wanted = again[0]
			nic, err = r.Client.Servers.AttachInterface(ctx, m.InstanceID.ValueString(), network, wanted)
		}
	}
	if nic.Port == "" {
		r.UnbookAll(context.WithoutCancel(ctx), m.InstanceID.ValueString(), []openstack.NIC{wanted})
		return nil, atInstance(err)
	}
	made := m.with(nic)
	return &made, err
}

func readInterface(ctx context.Context, req interfaceRequest) (*interfaceModel, error) {
	r, m := req.Client, *req.State
	r.Network.Planned().Ports.Read(m.port())
	nic, err := r.Client.Servers.Interface(ctx, m.InstanceID.ValueString(), m.port())
	return crud.Result(m.with(nic), err)
}

func detachInterface(ctx context.Context, req interfaceRequest) error {
	r, m := req.Client, *req.State
	nic := openstack.NIC{NetworkID: m.NetworkID.ValueString(), Port: m.port()}
	if err := r.CanUnplug(ctx, nic); err != nil {
		return err
	}
	err := r.Client.Servers.DetachInterface(ctx, m.InstanceID.ValueString(), m.port())
	if err == nil || errors.Is(err, openstack.ErrNotFound) {
		r.UnplugAll(ctx, m.InstanceID.ValueString(), []openstack.NIC{nic})
	}
	return err
}

// importInterface accepts "instance_id/port_id".
func importInterface(ctx context.Context, req interfaceRequest) (*interfaceModel, error) {
	r, id := req.Client, req.ID
	m := interfaceModel{ID: types.StringValue(id),
		Timeouts: timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType, "delete": types.StringType})}}
	instance, port, ok := strings.Cut(id, "/")
	if !ok || instance == "" || port == "" {
		return nil, openstack.AttributeErrorf("id", "%q is not the id of an attachment: write the instance's id and the port's, as in "+
			"5016e8a5-7c3c-4d11-8f38-2b6e0a6bd7a4/0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2", id)
	}
	m.InstanceID = types.StringValue(strings.ToLower(instance))
	nic, err := r.Client.Servers.Interface(ctx, instance, strings.ToLower(port))
	if err != nil {
		return nil, err
	}
	if network, err := r.Client.Networks.Network(ctx, nic.NetworkID, ""); err == nil {
		nic.NetworkName = network.Name
	}
	return crud.Result(m.with(nic), nil)
}

// port returns the port's id from the resource's id, whatever is written as port_id.
func (m interfaceModel) port() string {
	_, port, _ := strings.Cut(m.ID.ValueString(), "/")
	return port
}

// with returns the model of an observed NIC. A written empty string stays, and so does an address that the guest no longer reports.
func (m interfaceModel) with(nic openstack.NIC) interfaceModel {
	m.ID, m.MAC = types.StringValue(m.InstanceID.ValueString()+"/"+nic.Port), types.StringValue(nic.MAC)
	m.NetworkID, m.PortID, m.NetworkName = crud.Written(m.NetworkID, nic.NetworkID), crud.Written(m.PortID, nic.Port),
		crud.Written(m.NetworkName, nic.NetworkName, m.NetworkName.ValueString())
	switch address := cmp.Or(append([]string{nic.Address(false)}, nic.Promised()...)...); {
	case address != "":
		m.FixedIP = crud.Written(m.FixedIP, address)
	case m.FixedIP.IsUnknown():
		m.FixedIP = types.StringNull()
	}
	return m
}
