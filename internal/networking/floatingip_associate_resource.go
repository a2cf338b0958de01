// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// FloatingIPAssociate leads a floating IP that is managed elsewhere to a port.
var FloatingIPAssociate = crud.Resource[sdn.Backend, floatingIPAssociateModel]{
	Name: "networking_floatingip_associate", Schema: floatingIPAssociateSchema, Check: checkFloatingIPAssociate,
	Plan: planFloatingIPAssociate, PlanUnconfigured: planFloatingIPAssociate, Create: createFloatingIPAssociate,
	Read: readFloatingIPAssociate, Update: updateFloatingIPAssociate, Delete: deleteFloatingIPAssociate, Import: importFloatingIPAssociate,
}

type floatingIPAssociateRequest = *crud.Request[sdn.Backend, floatingIPAssociateModel]

func floatingIPAssociateSchema(context.Context) schema.Schema {
	kept := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return schema.Schema{
		MarkdownDescription: "Leads a floating IP to a port. The floating IP is managed elsewhere, without a `port_id`: one that is written " +
			"there would undo this. What leads to another port already is not taken away: it is waited for a moment, in case the same apply " +
			"removes it, and then refused. An instance that is replaced is followed to its new port in place. Like the floating IP it needs the " +
			"provider's `routers`. Where NSX does not translate as it is recorded, a plan says so and brings it back.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The floating IP's id.", Computed: true, PlanModifiers: kept},
			"floating_ip": schema.StringAttribute{MarkdownDescription: "The address of the floating IP. A change replaces the association.",
				Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"port_id": schema.StringAttribute{MarkdownDescription: "The id of the port: of a `networking_port`, or an instance's " +
				"`network[0].port`. A router must have an interface on its subnet, and be on the external network. Changed in place.",
				Required: true},
			"fixed_ip": schema.StringAttribute{MarkdownDescription: "The address of the port. Needed where the port has several IPv4 " +
				"addresses. Changed in place.", Optional: true, Computed: true, PlanModifiers: kept},
			"region": crud.Region(),
		},
	}
}

type floatingIPAssociateModel struct {
	ID         types.String `tfsdk:"id"`
	FloatingIP types.String `tfsdk:"floating_ip"`
	PortID     types.String `tfsdk:"port_id"`
	FixedIP    types.String `tfsdk:"fixed_ip"`
	Region     types.String `tfsdk:"region"`
}

// checkFloatingIPAssociate refuses what no floating IP and no port has.
func checkFloatingIPAssociate(m floatingIPAssociateModel) error {
	for name, text := range map[string]types.String{"floating_ip": m.FloatingIP, "fixed_ip": m.FixedIP} {
		if err := checkIPv4(text); err != nil {
			return openstack.AttributeErrorf(name, "%w", err)
		}
	}
	for name, text := range map[string]types.String{"floating_ip": m.FloatingIP, "port_id": m.PortID} {
		if crud.WrittenEmpty(text) {
			return openstack.AttributeErrorf(name, "it is empty: write the address of a floating IP and the id of a port")
		}
	}
	return nil
}

// planFloatingIPAssociate refuses a floating IP that is not there and a port that it cannot lead to, and plans the port's address.
func planFloatingIPAssociate(ctx context.Context, req floatingIPAssociateRequest) error {
	backend, plan, state, config := req.Client, req.Plan, req.State, *req.Config
	if err := checkFloatingIPAssociate(*plan); err != nil || backend == nil {
		return err
	}
	if err := backend.CheckFloatingIPs(); err != nil {
		return err
	}
	if err := planRouting(ctx, backend); err != nil || state != nil && !plan.FloatingIP.Equal(state.FloatingIP) {
		return err
	}
	var want openstack.FloatingIP
	if !plan.FloatingIP.IsUnknown() {
		f, err := addressed(ctx, backend, plan.FloatingIP.ValueString())
		switch coming := backend.Planned().FloatingIPs.At(plan.FloatingIP.ValueString()); {
		case err == nil:
			want, plan.ID = f, types.StringValue(f.ID)
		case !errors.Is(err, openstack.ErrNotFound) || len(coming) == 0:
			return err
		}
	}
	if config.FixedIP.IsNull() {
		plan.FixedIP = types.StringUnknown()
	}
	if plan.PortID.IsUnknown() || config.FixedIP.IsUnknown() {
		return nil
	}
	want.PortID, want.FixedIP, want.RouterID = plan.PortID.ValueString(), config.FixedIP.ValueString(), ""
	for _, other := range backend.Planned().FloatingIPs.At(want.ID) {
		if want.ID != "" && other.PortID != "" && other.PortID != want.PortID {
			return leadsElsewhere(other, "by another resource of this configuration, ")
		}
	}
	var before openstack.FloatingIP
	if state != nil {
		before.PortID, before.FixedIP = state.PortID.ValueString(), state.FixedIP.ValueString()
	}
	checked, err := checkTarget(ctx, backend, want, before)
	if err != nil {
		return err
	}
	if config.FixedIP.IsNull() && checked.FixedIP != "" {
		plan.FixedIP = types.StringValue(checked.FixedIP)
	}
	if checked.ID != "" {
		backend.Planned().FloatingIPs.Expect(checked)
	}
	return nil
}

// checkTarget completes a planned floating IP. Where it names no address of a port that has got several, the one that it led to before
// stays.
func checkTarget(ctx context.Context, backend sdn.Backend, want, before openstack.FloatingIP) (openstack.FloatingIP, error) {
	checked, err := backend.CheckFloatingIP(ctx, want)
	field, is := errors.AsType[*openstack.FieldError](err)
	if !is || field.Field != "fixed_ip" || want.FixedIP != "" || before.FixedIP == "" || before.PortID != want.PortID {
		return checked, err
	}
	want.FixedIP = before.FixedIP
	if kept, failed := backend.CheckFloatingIP(ctx, want); failed == nil {
		return kept, nil
	}
	return checked, err
}

// asField attaches an error about an argument to that which another resource has instead.
func asField(err error, names map[string]string) error {
	if field, is := errors.AsType[*openstack.FieldError](err); is && names[field.Field] != "" {
		return openstack.AttributeErrorf(names[field.Field], "%w", field.Err)
	}
	return err
}

// leadsElsewhere refuses to take a floating IP away from the port that it leads to.
func leadsElsewhere(f openstack.FloatingIP, by string) error {
	return openstack.AttributeErrorf("floating_ip", "the floating IP %s (%s) leads to the port %s already, %sand is not taken away from "+
		"it: remove that association, or the port_id of its novasphere_networking_floatingip, first", f.Address, f.ID, f.PortID, by)
}

// addressed finds the floating IP that has an address, of whichever external network.
func addressed(ctx context.Context, backend sdn.Backend, address string) (openstack.FloatingIP, error) {
	all, err := backend.FloatingIPs(ctx, "")
	if err != nil {
		return openstack.FloatingIP{}, err
	}
	all = slices.DeleteFunc(all, func(f openstack.FloatingIP) bool { return f.Address != address })
	switch len(all) {
	case 0:
		return openstack.FloatingIP{}, openstack.AttributeErrorf("floating_ip", "%w", openstack.NotFound("no external network has a floating "+
			"IP %s: write the address of a novasphere_networking_floatingip", address))
	case 1:
		return all[0], nil
	}
	var on []string
	for _, f := range all {
		on = append(on, fmt.Sprintf("%s on the network %s", f.ID, f.NetworkID))
	}
	return openstack.FloatingIP{}, openstack.AttributeErrorf("floating_ip",
		"several floating IPs have the address %s: %s. Write the port_id of "+
			"the novasphere_networking_floatingip that is meant instead", address, strings.Join(on, ", "))
}

func createFloatingIPAssociate(ctx context.Context, req floatingIPAssociateRequest) (*floatingIPAssociateModel, error) {
	backend, m := req.Client, *req.Plan
	f, err := addressed(ctx, backend, m.FloatingIP.ValueString())
	if err != nil {
		return nil, err
	}
	return crud.Result(m.lead(ctx, backend, f.ID, *req.Config, ""))
}

// lead leads a floating IP to the planned port, unless it leads to one that is neither that nor the port before.
func (m floatingIPAssociateModel) lead(ctx context.Context, backend sdn.Backend, id string, config floatingIPAssociateModel,
	before string) (floatingIPAssociateModel, error) {
	f, err := backend.UpdateFloatingIP(ctx, id, func(f *openstack.FloatingIP) error {
		port := m.PortID.ValueString()
		if f.PortID != "" && f.PortID != port && f.PortID != before {
			return &sdn.Awaited{Err: leadsElsewhere(*f, "")}
		}
		f.PortID, f.FixedIP = port, cmp.Or(config.FixedIP.ValueString(), m.FixedIP.ValueString())
		return nil
	})
	return m.with(f), err
}

func readFloatingIPAssociate(ctx context.Context, req floatingIPAssociateRequest) (*floatingIPAssociateModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().FloatingIPs.Read(m.ID.ValueString())
	f, err := backend.FloatingIP(ctx, m.ID.ValueString())
	if err == nil {
		f, err = translated(ctx, backend, f, "port_id")
	}
	return crud.Result(m.with(f), err)
}

func updateFloatingIPAssociate(ctx context.Context, req floatingIPAssociateRequest) (*floatingIPAssociateModel, error) {
	backend, plan, state := req.Client, *req.Plan, *req.State
	return crud.Result(plan.lead(ctx, backend, state.ID.ValueString(), *req.Config, state.PortID.ValueString()))
}

// deleteFloatingIPAssociate lets the floating IP lead nowhere, unless it leads to another port by now.
func deleteFloatingIPAssociate(ctx context.Context, req floatingIPAssociateRequest) error {
	backend, m := req.Client, *req.State
	_, err := backend.UpdateFloatingIP(ctx, m.ID.ValueString(), func(f *openstack.FloatingIP) error {
		if f.PortID == m.PortID.ValueString() {
			f.PortID, f.FixedIP = "", ""
		}
		return nil
	})
	return err
}

// importFloatingIPAssociate accepts the id of a floating IP that leads to a port.
func importFloatingIPAssociate(ctx context.Context, req floatingIPAssociateRequest) (*floatingIPAssociateModel, error) {
	backend, id := req.Client, req.ID
	f, err := backend.FloatingIP(ctx, strings.ToLower(id))
	if err == nil && f.PortID == "" {
		err = openstack.AttributeErrorf("id", "the floating IP %s (%s) leads to no port: there is nothing to import", f.Address, f.ID)
	}
	return crud.Result(floatingIPAssociateModel{}.with(f), err)
}

func (m floatingIPAssociateModel) with(f openstack.FloatingIP) floatingIPAssociateModel {
	m.ID, m.FloatingIP = types.StringValue(f.ID), types.StringValue(f.Address)
	m.PortID, m.FixedIP = leads(types.StringNull(), f.PortID), leads(m.FixedIP, f.FixedIP)
	return m
}
