// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SubnetPool is a set of address ranges from which subnets are cut.
var SubnetPool = crud.Resource[sdn.Backend, subnetPoolModel]{
	Name: "networking_subnetpool", Schema: subnetPoolSchema, Check: checkSubnetPool, Plan: planSubnetPool,
	PlanUnconfigured: planSubnetPool, Create: createSubnetPool, Read: readSubnetPool, Update: updateSubnetPool, Delete: deleteSubnetPool,
	Import: importSubnetPool, Moves: subnetPoolMoves, Adopt: createSubnetPool,
	Timeouts: func(m *subnetPoolModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type subnetPoolRequest = *crud.Request[sdn.Backend, subnetPoolModel]

func subnetPoolSchema(ctx context.Context) schema.Schema {
	bits := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Computed: true,
			Validators:    []validator.Int64{int64validator.Between(1, 128)},
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}}
	}
	attributes := standardAttributes("pool", "it")
	attributes["name"] = nameAttribute("pool", true)
	attributes["prefixes"] = schema.ListAttribute{MarkdownDescription: "The ranges that subnets are cut from, all of one IP version. Ranges " +
		"that touch or overlap are one. A change may only add addresses, as in OpenStack.", Required: true, ElementType: types.StringType}
	attributes["min_prefixlen"] = bits("The length in bits of the largest subnet that is cut. Unset: 8 for IPv4, 64 for IPv6.")
	attributes["max_prefixlen"] = bits("The length in bits of the smallest subnet. Unset: 32 for IPv4, 128 for IPv6.")
	attributes["default_prefixlen"] = bits("The length of subnets that write neither `prefix_length` nor `cidr`. Unset: `min_prefixlen`.")
	attributes["default_quota"] = schema.Int64Attribute{MarkdownDescription: "How much of the pool the subnets of a project may have: IPv4 " +
		"addresses, or IPv6 networks of 64 bits. Unset or 0: all of it.", Optional: true,
		Validators: []validator.Int64{int64validator.AtLeast(0)}}
	attributes["address_scope_id"] = schema.StringAttribute{MarkdownDescription: "The id of the address scope. No two pools of a scope " +
		"share an address, whichever workspaces made them.", Optional: true}
	attributes["ip_version"] = schema.Int64Attribute{MarkdownDescription: "`4` or `6`; it follows from `prefixes`, and must not contradict " +
		"them.", Optional: true, Computed: true, Validators: []validator.Int64{int64validator.OneOf(4, 6)},
		PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}}
	attributes["is_default"] = flag("Whether it is the default pool of its IP version, of which there is one. Without effect beyond that: a "+
		"subnet names its pool.", false)
	return schema.Schema{
		MarkdownDescription: "A pool of address ranges: `subnetpool_id` of a `novasphere_networking_subnet` cuts a subnet from it. No two " +
			"subnets of a pool share an address, whichever networks they are on and whichever workspaces made them. A `moved` block makes one " +
			"of an `openstack_networking_subnetpool_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

// checkSubnetPool refuses what no pool can have.
func checkSubnetPool(m subnetPoolModel) error {
	if !m.rangesKnown() {
		return nil
	}
	_, err := m.checked()
	return err
}

// checked returns the written pool, completed.
func (m subnetPoolModel) checked() (openstack.SubnetPool, error) {
	p, err := sdn.CompletePool(m.pool())
	if v := m.Version.ValueInt64(); err == nil && v != 0 && v != sdn.PoolVersion(p) {
		err = openstack.AttributeErrorf("ip_version", "it is %d, and the prefixes are of IPv%d: leave ip_version out, or write prefixes of IPv%d",
			v,
			sdn.PoolVersion(p), v)
	}
	return p, err
}

// planSubnetPool refuses a pool that its scope cannot have, and plans the values that follow from the prefixes.
func planSubnetPool(ctx context.Context, req subnetPoolRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	plan.planCommon(ctx)
	if !crud.Known(plan.Prefixes) || !req.Config.rangesKnown() {
		return nil
	}
	// a length that is chosen here is unknown, which counts as unset
	p, err := plan.checked()
	if err != nil {
		return err
	}
	plan.MinLength, plan.MaxLength = types.Int64Value(p.MinLength), types.Int64Value(p.MaxLength)
	plan.Length, plan.Version = types.Int64Value(p.Length), types.Int64Value(sdn.PoolVersion(p))
	if backend == nil || !crud.Known(plan.ScopeID, plan.Default) {
		return nil
	}
	if state != nil && state.pool().ScopeID == p.ScopeID && plan.Prefixes.Equal(state.Prefixes) && plan.Default.Equal(state.Default) {
		backend.Planned().SubnetPools.Expect(p)
		return nil
	}
	if err := backend.CheckSubnetPool(ctx, p); err != nil {
		return err
	}
	backend.Planned().SubnetPools.Expect(p)
	return nil
}

func createSubnetPool(ctx context.Context, req subnetPoolRequest) (*subnetPoolModel, error) {
	backend, m := req.Client, *req.Plan
	p, err := m.checked()
	if err != nil {
		return nil, err
	}
	defer func(wish openstack.SubnetPool) { backend.Planned().SubnetPools.Done(wish) }(p)
	if p, err = backend.CreateSubnetPool(ctx, p); err != nil {
		return nil, err
	}
	made := m.with(p)
	return &made, nil
}

func readSubnetPool(ctx context.Context, req subnetPoolRequest) (*subnetPoolModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().SubnetPools.Read(m.ID.ValueString())
	p, err := backend.SubnetPool(ctx, m.ID.ValueString())
	return crud.Result(m.with(p), err)
}

func updateSubnetPool(ctx context.Context, req subnetPoolRequest) (*subnetPoolModel, error) {
	backend, plan := req.Client, *req.Plan
	p, err := plan.checked()
	if err != nil {
		return nil, err
	}
	p, err = backend.UpdateSubnetPool(ctx, p)
	return crud.Result(plan.with(p), err)
}

func deleteSubnetPool(ctx context.Context, req subnetPoolRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteSubnetPool(ctx, m.ID.ValueString())
}

// importSubnetPool accepts a pool's id.
func importSubnetPool(ctx context.Context, req subnetPoolRequest) (*subnetPoolModel, error) {
	backend, id := req.Client, req.ID
	p, err := backend.SubnetPool(ctx, strings.ToLower(id))
	return crud.Result(subnetPoolModel{Timeouts: noTimeouts()}.with(p), err)
}
