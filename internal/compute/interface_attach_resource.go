package compute

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// InterfaceAttach is a NIC that an instance gets beside those of its own network blocks.
var InterfaceAttach = crud.Resource[*vcenter.Client, interfaceModel]{
	Name: "compute_interface_attach", Schema: interfaceSchema, Plan: planInterface,
	Create: attachInterface, Read: readInterface, Delete: detachInterface, Import: importInterface,
}

const interfaceTimeout = 10 * time.Minute // the OpenStack provider's

func interfaceSchema(ctx context.Context) schema.Schema {
	replace := stringplanmodifier.RequiresReplaceIf(replaceWritten, "A change replaces the NIC; an empty string says nothing.", "A change replaces the NIC; an empty string says nothing.")
	chosen := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), replace}}
	}
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
	return schema.Schema{
		MarkdownDescription: "A NIC that is plugged into an instance beside those of its `network` blocks, while it runs where the guest allows it. " +
			"It is of the model that the instance's image names, has the limits of its flavor, and a port of its own that the VM knows as `nvp.iface-id`. A change of any argument but `region` replaces it. " +
			"One that somebody removes from the VM is plugged in anew by the next apply. The guest has to configure it: cloud-init does so where its network hotplug is on.",
		Attributes: map[string]schema.Attribute{
			"id": computed("The instance's id and the port's, with a slash between them."),
			"instance_id": schema.StringAttribute{MarkdownDescription: "The id of the instance.", Required: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"network_id": schema.StringAttribute{MarkdownDescription: "The id of the network to plug it into. Needed, as long as `port_id` cannot be chosen.", Optional: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"port_id":      chosen("The port's id. It cannot be chosen in this version: ports come with the networking service."),
			"fixed_ip":     chosen("The first IPv4 address that the guest reports on the NIC; it is not waited for. It cannot be chosen in this version: addresses come with the networking service."),
			"mac":          computed("The NIC's address."),
			"network_name": computed("The network's name."),
			"region":       schema.StringAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no regions.", Optional: true},
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

// replaceWritten replaces where something is written that the NIC does not have.
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
func planInterface(ctx context.Context, client *vcenter.Client, plan, state *interfaceModel) error {
	was := interfaceModel{}
	if state != nil {
		was = *state
	}
	written := func(now, before types.String) bool { return now.ValueString() != "" && !now.Equal(before) }
	if written(plan.PortID, was.PortID) {
		return openstack.Wrong("port_id", "ports are not there yet: they come with the networking service. Leave it out and write network_id; the NIC gets a port of its own")
	}
	if written(plan.FixedIP, was.FixedIP) {
		return openstack.Wrong("fixed_ip", "an address cannot be chosen yet: subnets come with the networking service. Leave it out; the guest gets its address from the network")
	}
	if state != nil && plan.NetworkID.Equal(state.NetworkID) {
		return nil
	}
	if plan.NetworkName = types.StringUnknown(); !crud.Known(plan.NetworkID) {
		return nil
	}
	if client == nil && plan.NetworkID.ValueString() != "" {
		return nil
	}
	network, err := findNetwork(ctx, client, *plan)
	plan.NetworkName = types.StringValue(network.Name)
	return err
}

// findNetwork is the network that is written. It has one name only, its id, so that a later plan finds the same in the state.
func findNetwork(ctx context.Context, client *vcenter.Client, m interfaceModel) (openstack.Network, error) {
	if m.NetworkID.ValueString() == "" {
		return openstack.Network{}, openstack.Wrong("network_id", "a NIC needs a network: write its id")
	}
	network, err := client.Network(ctx, m.NetworkID.ValueString(), "")
	if err != nil {
		return network, openstack.Wrong("network_id", "%w", err)
	}
	if network.ID != m.NetworkID.ValueString() {
		return network, openstack.Wrong("network_id", "%s is the key of the portgroup %s: write its id, %q", m.NetworkID.ValueString(), network.Name, network.ID)
	}
	return network, nil
}

func attachInterface(ctx context.Context, client *vcenter.Client, m interfaceModel) (*interfaceModel, error) {
	limit, diags := m.Timeouts.Create(ctx, interfaceTimeout)
	if diags.HasError() {
		return nil, wrongTimeout(diags)
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	network, err := findNetwork(ctx, client, m)
	if err != nil {
		return nil, err
	}
	nic, err := client.AttachInterface(ctx, m.InstanceID.ValueString(), network)
	if nic.Port == "" {
		return nil, atInstance(err)
	}
	made := m.with(nic)
	return &made, err
}

func wrongTimeout(diags diag.Diagnostics) error {
	return openstack.Wrong("timeouts", "%s", diags.Errors()[0].Detail())
}

func readInterface(ctx context.Context, client *vcenter.Client, m interfaceModel) (interfaceModel, error) {
	nic, err := client.Interface(ctx, m.InstanceID.ValueString(), m.port())
	return m.with(nic), err
}

func detachInterface(ctx context.Context, client *vcenter.Client, m interfaceModel) error {
	limit, diags := m.Timeouts.Delete(ctx, interfaceTimeout)
	if diags.HasError() {
		return wrongTimeout(diags)
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	return client.DetachInterface(ctx, m.InstanceID.ValueString(), m.port())
}

// importInterface takes "instance_id/port_id".
func importInterface(ctx context.Context, client *vcenter.Client, id string) (interfaceModel, error) {
	m := interfaceModel{ID: types.StringValue(id),
		Timeouts: timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType, "delete": types.StringType})}}
	instance, port, ok := strings.Cut(id, "/")
	if !ok || instance == "" || port == "" {
		return m, openstack.Wrong("id", "%q is not the id of an attachment: write the instance's id and the port's, as in 5016e8a5-7c3c-4d11-8f38-2b6e0a6bd7a4/0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2", id)
	}
	m.InstanceID = types.StringValue(strings.ToLower(instance))
	nic, err := client.Interface(ctx, instance, strings.ToLower(port))
	if err != nil {
		return m, err
	}
	if network, err := client.Network(ctx, nic.NetworkID, ""); err == nil {
		nic.NetworkName = network.Name
	}
	return m.with(nic), nil
}

// port is the port's id, which the id holds whatever is written as port_id.
func (m interfaceModel) port() string {
	_, port, _ := strings.Cut(m.ID.ValueString(), "/")
	return port
}

// with is the model brought up to what the NIC is. An empty string that the user wrote stays one, and so does an address that
// the guest does not report any more.
func (m interfaceModel) with(nic openstack.NIC) interfaceModel {
	m.ID, m.MAC = types.StringValue(m.InstanceID.ValueString()+"/"+nic.Port), types.StringValue(nic.MAC)
	m.NetworkID, m.PortID, m.NetworkName = emptyOr(m.NetworkID, nic.NetworkID), emptyOr(m.PortID, nic.Port), orWritten(m.NetworkName, nic.NetworkName)
	switch address := first(nic.IPv4); {
	case address != "":
		m.FixedIP = emptyOr(m.FixedIP, address)
	case m.FixedIP.IsUnknown():
		m.FixedIP = types.StringNull()
	}
	return m
}
