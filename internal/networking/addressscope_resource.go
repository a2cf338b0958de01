// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// AddressScope is a set of subnet pools that share no address.
var AddressScope = crud.Resource[sdn.Backend, addressScopeModel]{
	Name: "networking_addressscope", Schema: addressScopeSchema,
	Create: createAddressScope, Read: readAddressScope, Update: updateAddressScope, Delete: deleteAddressScope, Import: importAddressScope,
	Moves: addressScopeMoves, Adopt: createAddressScope,
	Timeouts: func(m *addressScopeModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type addressScopeRequest = *crud.Request[sdn.Backend, addressScopeModel]

func addressScopeSchema(ctx context.Context) schema.Schema {
	like := common("scope")
	return schema.Schema{
		MarkdownDescription: "An address scope: no two subnet pools that are in it share an address. It is a record, and nothing routes " +
			"differently for it. A `moved` block makes one of an `openstack_networking_addressscope_v2`: it keeps its id, and is recorded here " +
			"at its first change.",
		Attributes: map[string]schema.Attribute{
			"id":   like["id"],
			"name": nameAttribute("scope", true),
			"ip_version": schema.Int64Attribute{MarkdownDescription: "`4`, the default, or `6`. A change replaces the scope.", Optional: true,
				Computed: true, Default: int64default.StaticInt64(4), Validators: []validator.Int64{int64validator.OneOf(4, 6)},
				PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()}},
			"shared":     sharedFlag("scope"),
			"project_id": like["tenant_id"],
			"region":     like["region"],
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

type addressScopeModel struct {
	ID       types.String   `tfsdk:"id"`
	Name     types.String   `tfsdk:"name"`
	Version  types.Int64    `tfsdk:"ip_version"`
	Shared   types.Bool     `tfsdk:"shared"`
	Project  types.String   `tfsdk:"project_id"`
	Region   types.String   `tfsdk:"region"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func createAddressScope(ctx context.Context, req addressScopeRequest) (*addressScopeModel, error) {
	backend, m := req.Client, *req.Plan
	s, err := backend.CreateAddressScope(ctx, m.scope())
	return crud.Result(m.with(s), err)
}

func readAddressScope(ctx context.Context, req addressScopeRequest) (*addressScopeModel, error) {
	backend, m := req.Client, *req.State
	s, err := backend.AddressScope(ctx, m.ID.ValueString())
	return crud.Result(m.with(s), err)
}

func updateAddressScope(ctx context.Context, req addressScopeRequest) (*addressScopeModel, error) {
	backend, plan := req.Client, *req.Plan
	s, err := backend.UpdateAddressScope(ctx, plan.scope())
	return crud.Result(plan.with(s), err)
}

func deleteAddressScope(ctx context.Context, req addressScopeRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteAddressScope(ctx, m.ID.ValueString())
}

// importAddressScope accepts a scope's id.
func importAddressScope(ctx context.Context, req addressScopeRequest) (*addressScopeModel, error) {
	backend, id := req.Client, req.ID
	s, err := backend.AddressScope(ctx, strings.ToLower(id))
	return crud.Result(addressScopeModel{Timeouts: noTimeouts()}.with(s), err)
}

func (m addressScopeModel) scope() openstack.AddressScope {
	return openstack.AddressScope{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Version: m.Version.ValueInt64(),
		Shared: m.Shared.ValueBool()}
}

func (m addressScopeModel) with(s openstack.AddressScope) addressScopeModel {
	m.ID, m.Name, m.Version, m.Shared = types.StringValue(s.ID), types.StringValue(s.Name), types.Int64Value(s.Version),
		types.BoolValue(s.Shared)
	return m
}

// addressScopeMoves converts OpenStack's scopes, which keep their id.
var addressScopeMoves = []crud.StateMove[addressScopeModel]{{From: "openstack_networking_addressscope_v2",
	Convert: addressScopeFromPriorState}}

func addressScopeFromPriorState(old crud.PriorState) (addressScopeModel, error) {
	return addressScopeModel{ID: old.Text("id"), Name: old.Text("name"), Version: old.Int("ip_version"), Shared: old.Or("shared", false),
		Project: old.Text("project_id"), Region: old.Text("region"), Timeouts: limitsFromPriorState(old, "create", "delete")}, nil
}
