// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// AddressGroup is a set of addresses that rules of security groups can name.
var AddressGroup = crud.Resource[sdn.Backend, addressGroupModel]{
	Name: "networking_address_group", Schema: addressGroupSchema, Check: checkAddressGroup, Plan: planAddressGroup,
	PlanUnconfigured: planAddressGroup, Create: createAddressGroup, Read: readAddressGroup, Update: updateAddressGroup,
	Delete: deleteAddressGroup, Import: importAddressGroup, Moves: addressGroupMoves, Adopt: createAddressGroup,
	Timeouts: func(m *addressGroupModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type addressGroupRequest = *crud.Request[sdn.Backend, addressGroupModel]

func addressGroupSchema(ctx context.Context) schema.Schema {
	like := common("group")
	return schema.Schema{
		MarkdownDescription: "A group of addresses, for `remote_address_group_id` of `novasphere_networking_secgroup_rule`. A change of its " +
			"addresses is in force at once, at every port that is plugged in and has such a rule. Adjacent ranges are one rule of the switch. " +
			"In NSX it is a " +
			"group, of 500 ranges at most, and a change is one call. " +
			"A `moved` block makes one of an `openstack_networking_address_group_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: map[string]schema.Attribute{
			"id":          like["id"],
			"name":        like["name"],
			"description": like["description"],
			"addresses": schema.SetAttribute{MarkdownDescription: "Ranges of addresses in CIDR form, of IPv4, IPv6 or both. An address " +
				"without a length stands for itself.", Required: true, ElementType: types.StringType},
			"project_id": like["tenant_id"],
			"region":     like["region"],
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Delete: true})},
	}
}

type addressGroupModel struct {
	ID          types.String   `tfsdk:"id"`
	Name        types.String   `tfsdk:"name"`
	Description types.String   `tfsdk:"description"`
	Addresses   types.Set      `tfsdk:"addresses"`
	Project     types.String   `tfsdk:"project_id"`
	Region      types.String   `tfsdk:"region"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

// checkAddressGroup refuses what is no range of addresses.
func checkAddressGroup(m addressGroupModel) error {
	if !crud.Known(m.Addresses) {
		return nil
	}
	_, err := m.group()
	return err
}

// planAddressGroup repeats the check for values that were unknown at validate, and refuses a group that the network cannot have.
func planAddressGroup(ctx context.Context, req addressGroupRequest) error {
	backend, m := req.Client, *req.Plan
	if err := checkAddressGroup(m); err != nil || backend == nil || !crud.Known(m.Addresses) {
		return err
	}
	g, err := m.group()
	if err != nil {
		return err
	}
	return backend.CheckAddressGroup(ctx, g)
}

func createAddressGroup(ctx context.Context, req addressGroupRequest) (*addressGroupModel, error) {
	backend, m := req.Client, *req.Plan
	g, err := m.group()
	if err != nil {
		return nil, err
	}
	g, err = backend.CreateAddressGroup(ctx, g)
	return crud.Result(m.with(g), err)
}

func readAddressGroup(ctx context.Context, req addressGroupRequest) (*addressGroupModel, error) {
	backend, m := req.Client, *req.State
	g, err := backend.AddressGroup(ctx, m.ID.ValueString())
	return crud.Result(m.with(g), err)
}

func updateAddressGroup(ctx context.Context, req addressGroupRequest) (*addressGroupModel, error) {
	backend, plan := req.Client, *req.Plan
	g, err := plan.group()
	if err != nil {
		return nil, err
	}
	g, err = backend.UpdateAddressGroup(ctx, g)
	return crud.Result(plan.with(g), err)
}

func deleteAddressGroup(ctx context.Context, req addressGroupRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteAddressGroup(ctx, m.ID.ValueString())
}

// importAddressGroup accepts a group's id.
func importAddressGroup(ctx context.Context, req addressGroupRequest) (*addressGroupModel, error) {
	backend, id := req.Client, req.ID
	g, err := backend.AddressGroup(ctx, strings.ToLower(id))
	return crud.Result(addressGroupModel{Timeouts: deleteTimeout()}.with(g), err)
}

func (m addressGroupModel) group() (g openstack.AddressGroup, err error) {
	g = openstack.AddressGroup{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueString()}
	if g.Addresses, err = sdn.NormalPrefixes(crud.Strings(m.Addresses)); err != nil {
		return g, openstack.AttributeErrorf("addresses", "%w", err)
	}
	return g, nil
}

// with sets the model from a group. Addresses that are written in another form stay as they are written.
func (m addressGroupModel) with(g openstack.AddressGroup) addressGroupModel {
	m.ID, m.Name, m.Description = types.StringValue(g.ID), crud.KeepEmpty(m.Name, g.Name), crud.KeepEmpty(m.Description, g.Description)
	if own, err := m.group(); err != nil || m.Addresses.IsNull() || !slices.Equal(own.Addresses, g.Addresses) {
		m.Addresses = crud.SetOf(g.Addresses)
	}
	return m
}

// addressGroupMoves converts OpenStack's groups, which keep their id.
var addressGroupMoves = []crud.StateMove[addressGroupModel]{{From: "openstack_networking_address_group_v2",
	Convert: addressGroupFromPriorState}}

func addressGroupFromPriorState(old crud.PriorState) (addressGroupModel, error) {
	return addressGroupModel{ID: old.Text("id"), Name: old.Text("name"), Description: old.Text("description"),
		Addresses: crud.SetOf(old.Texts("addresses")), Project: old.Text("project_id"), Region: old.Text("region"),
		Timeouts: limitsFromPriorState(old, "delete")}, nil
}
