// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// PortForwarding leads a TCP or UDP port of a floating IP to one of a port's address.
var PortForwarding = crud.Resource[sdn.Backend, forwardingModel]{
	Name: "networking_portforwarding", Schema: forwardingSchema, Check: checkForwarding, Plan: planForwarding,
	PlanUnconfigured: planForwarding, Create: createForwarding, Read: readForwarding, Update: updateForwarding, Delete: deleteForwarding,
	Import:   importForwarding,
	Timeouts: func(m *forwardingModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type forwardingRequest = *crud.Request[sdn.Backend, forwardingModel]

func forwardingSchema(ctx context.Context) schema.Schema {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Required: true}
	}
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text + ", 1 to 65535. Changed in place.", Required: true}
	}
	kept := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{MarkdownDescription: "The forwarding's id.", Computed: true, PlanModifiers: kept},
		"internal_port_id": text("The id of the port that it leads to. A router must have an interface on the port's subnet, and be on the " +
			"external network. Changed in place."),
		"internal_ip_address": schema.StringAttribute{MarkdownDescription: "The port's address. Unset: its only IPv4 address. Changed in " +
			"place.", Optional: true, Computed: true, PlanModifiers: kept},
		"internal_port": number("The number at the port's address"),
		"external_port": number("The number at the floating IP, which has each number of a protocol once"),
		"protocol":      text("`tcp` or `udp`. Changed in place."),
		"description": schema.StringAttribute{MarkdownDescription: "What the forwarding is for.", Optional: true,
			Validators: []validator.String{crud.Within(&openstack.NetworkingText)}},
		"region": crud.Region(),
		"floatingip_id": schema.StringAttribute{MarkdownDescription: "The id of the floating IP, which leads to no port itself. A change " +
			"replaces the forwarding.", Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
	}
	return schema.Schema{
		MarkdownDescription: "Leads a TCP or UDP port of a floating IP to one of a port's address. It is recorded beside the floating IP, " +
			"which has forwardings or a port, never both. Like the floating IP it needs the provider's `routers`. Import it by " +
			"its id, or as `<floating IP's id>/<forwarding's id>`.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

type forwardingModel struct {
	ID           types.String   `tfsdk:"id"`
	FloatingIPID types.String   `tfsdk:"floatingip_id"`
	PortID       types.String   `tfsdk:"internal_port_id"`
	Address      types.String   `tfsdk:"internal_ip_address"`
	Internal     types.Int64    `tfsdk:"internal_port"`
	External     types.Int64    `tfsdk:"external_port"`
	Protocol     types.String   `tfsdk:"protocol"`
	Description  types.String   `tfsdk:"description"`
	Region       types.String   `tfsdk:"region"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// checkForwarding refuses what no gateway forwards.
func checkForwarding(m forwardingModel) error {
	if err := checkIPv4(m.Address); err != nil {
		return openstack.AttributeErrorf("internal_ip_address", "%w", err)
	}
	if p := m.Protocol; crud.Known(p) && p.ValueString() != "tcp" && p.ValueString() != "udp" {
		return openstack.AttributeErrorf("protocol", "%q has no numbers that a gateway could forward: write \"tcp\" or \"udp\". What is to let "+
			"other protocols pass too is a floating IP with a port", p.ValueString())
	}
	for name, port := range map[string]types.Int64{"internal_port": m.Internal, "external_port": m.External} {
		if n := port.ValueInt64(); crud.Known(port) && (n < 1 || n > 65535) {
			return openstack.AttributeErrorf(name, "%d is no number of a TCP or UDP port: write one of 1 to 65535", n)
		}
	}
	for name, id := range map[string]types.String{"floatingip_id": m.FloatingIPID, "internal_port_id": m.PortID} {
		if crud.WrittenEmpty(id) {
			return openstack.AttributeErrorf(name, "it is empty: write the id of a floating IP and that of a port")
		}
	}
	return nil
}

// planForwarding refuses a forwarding that cannot be made, and plans the port's address.
func planForwarding(ctx context.Context, req forwardingRequest) error {
	backend, plan, state, config := req.Client, req.Plan, req.State, *req.Config
	if err := checkForwarding(*plan); err != nil || backend == nil {
		return err
	}
	if err := backend.CheckFloatingIPs(); err != nil {
		return err
	}
	if err := planRouting(ctx, backend); err != nil {
		return err
	}
	if state != nil && !plan.FloatingIPID.Equal(state.FloatingIPID) {
		backend.Planned().Forwardings.Replace(state.ID.ValueString())
		return nil
	}
	want := plan.forwarding()
	if want.Address = config.Address.ValueString(); config.Address.IsUnknown() {
		want.PortID = ""
	}
	if config.Address.IsNull() {
		plan.Address = types.StringUnknown()
	}
	if want.Address == "" && want.PortID != "" {
		var before openstack.FloatingIP
		if state != nil {
			before.PortID, before.FixedIP = state.PortID.ValueString(), state.Address.ValueString()
		}
		only, err := checkTarget(ctx, backend, openstack.FloatingIP{PortID: want.PortID}, before)
		if err != nil {
			return asField(err, map[string]string{"port_id": "internal_port_id", "fixed_ip": "internal_ip_address"})
		}
		if want.Address = only.FixedIP; want.Address != "" && config.Address.IsNull() {
			plan.Address = types.StringValue(want.Address)
		}
	}
	if err := backend.CheckForwarding(ctx, want); err != nil {
		return err
	}
	if crud.Known(plan.FloatingIPID, plan.Protocol, plan.External) {
		backend.Planned().Forwardings.Expect(want)
	}
	return nil
}

func createForwarding(ctx context.Context, req forwardingRequest) (*forwardingModel, error) {
	backend, m := req.Client, *req.Plan
	defer func(planned openstack.Forwarding) { backend.Planned().Forwardings.Done(planned) }(m.forwarding())
	f, err := backend.CreateForwarding(ctx, m.forwarding())
	if f.ID == "" {
		return nil, err
	}
	made := m.with(f)
	return &made, err
}

func readForwarding(ctx context.Context, req forwardingRequest) (*forwardingModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().Forwardings.Read(m.ID.ValueString())
	f, err := backend.Forwarding(ctx, m.FloatingIPID.ValueString(), m.ID.ValueString())
	if err == nil {
		f, err = forwarded(ctx, backend, f)
	}
	return crud.Result(m.with(f), err)
}

func updateForwarding(ctx context.Context, req forwardingRequest) (*forwardingModel, error) {
	backend, plan := req.Client, *req.Plan
	want := plan.forwarding()
	f, err := backend.UpdateForwarding(ctx, want.FloatingIPID, want.ID, func(f *openstack.Forwarding) error {
		*f = want
		return nil
	})
	return crud.Result(plan.with(f), err)
}

func deleteForwarding(ctx context.Context, req forwardingRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteForwarding(ctx, m.FloatingIPID.ValueString(), m.ID.ValueString())
}

// importForwarding accepts the id of a forwarding, alone or after that of its floating IP.
func importForwarding(ctx context.Context, req forwardingRequest) (*forwardingModel, error) {
	backend := req.Client
	at, id, both := strings.Cut(strings.ToLower(req.ID), "/")
	if both {
		f, err := backend.Forwarding(ctx, at, id)
		return crud.Result(forwardingModel{Timeouts: noTimeouts()}.with(f), err)
	}
	floating, err := backend.FloatingIPs(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, one := range floating {
		f, err := backend.Forwarding(ctx, one.ID, at)
		if !errors.Is(err, openstack.ErrNotFound) {
			return crud.Result(forwardingModel{Timeouts: noTimeouts()}.with(f), err)
		}
	}
	return nil, openstack.NotFound("no floating IP has the port forwarding %s", req.ID)
}

// forwarding converts the planned values, as far as they are known.
func (m forwardingModel) forwarding() openstack.Forwarding {
	return openstack.Forwarding{ID: m.ID.ValueString(), FloatingIPID: m.FloatingIPID.ValueString(), Protocol: m.Protocol.ValueString(),
		External: m.External.ValueInt64(), PortID: m.PortID.ValueString(), Address: m.Address.ValueString(),
		Internal: m.Internal.ValueInt64(), Description: m.Description.ValueString()}
}

func (m forwardingModel) with(f openstack.Forwarding) forwardingModel {
	m.ID, m.FloatingIPID, m.Protocol = types.StringValue(f.ID), types.StringValue(f.FloatingIPID), types.StringValue(f.Protocol)
	m.PortID, m.Address = types.StringValue(f.PortID), crud.Written(m.Address, f.Address)
	m.Internal, m.External = types.Int64Value(f.Internal), types.Int64Value(f.External)
	m.Description = crud.KeepEmpty(m.Description, f.Description)
	return m
}
