// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

type subnetPoolModel struct {
	standardModel
	Prefixes  types.List     `tfsdk:"prefixes"`
	MinLength types.Int64    `tfsdk:"min_prefixlen"`
	MaxLength types.Int64    `tfsdk:"max_prefixlen"`
	Length    types.Int64    `tfsdk:"default_prefixlen"`
	Quota     types.Int64    `tfsdk:"default_quota"`
	ScopeID   types.String   `tfsdk:"address_scope_id"`
	Version   types.Int64    `tfsdk:"ip_version"`
	Timeouts  timeouts.Value `tfsdk:"timeouts"`
}

// rangesKnown reports whether every value that decides on prefixes is known.
func (m subnetPoolModel) rangesKnown() bool {
	return crud.Known(m.Prefixes, m.MinLength, m.MaxLength, m.Length, m.Version)
}

// pool converts the planned values, as far as they are known.
func (m subnetPoolModel) pool() openstack.SubnetPool {
	return openstack.SubnetPool{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueString(),
		Tags: crud.Strings(m.Tags), Prefixes: texts(m.Prefixes), MinLength: m.MinLength.ValueInt64(), MaxLength: m.MaxLength.ValueInt64(),
		Length: m.Length.ValueInt64(), Quota: m.Quota.ValueInt64(), ScopeID: m.ScopeID.ValueString(), Shared: m.Shared.ValueBool(),
		Default: m.Default.ValueBool()}
}

// with sets the model from a pool. Prefixes that are written in another form stay as they are written.
func (m subnetPoolModel) with(p openstack.SubnetPool) subnetPoolModel {
	if own, err := m.checked(); err != nil || !slices.Equal(own.Prefixes, p.Prefixes) {
		m.Prefixes = textList(p.Prefixes)
	}
	m.Name, m.Version = types.StringValue(p.Name), types.Int64Value(sdn.PoolVersion(p))
	m.MinLength, m.MaxLength, m.Length = types.Int64Value(p.MinLength), types.Int64Value(p.MaxLength), types.Int64Value(p.Length)
	if p.Quota != 0 || !m.Quota.IsNull() {
		m.Quota = types.Int64Value(p.Quota)
	}
	m.ScopeID = crud.KeepEmpty(m.ScopeID, p.ScopeID)
	m.withStandard(standardOfPool(p))
	return m
}

func standardOfPool(p openstack.SubnetPool) standard {
	return standard{id: p.ID, name: p.Name, description: p.Description, project: p.Project, tags: p.Tags, shared: p.Shared,
		byDefault: p.Default, mark: p.Mark, updated: p.Updated, revision: p.Revision}
}

// subnetPoolMoves converts OpenStack's pools, which keep their id.
var subnetPoolMoves = []crud.StateMove[subnetPoolModel]{{From: "openstack_networking_subnetpool_v2", Convert: subnetPoolFromPriorState}}

func subnetPoolFromPriorState(old crud.PriorState) (subnetPoolModel, error) {
	return subnetPoolModel{standardModel: standardFromPriorState(old), Prefixes: old.List("prefixes"),
		MinLength: old.Positive("min_prefixlen"), MaxLength: old.Positive("max_prefixlen"), Length: old.Positive("default_prefixlen"),
		Quota: old.Positive("default_quota"), ScopeID: old.Text("address_scope_id"), Version: old.Positive("ip_version"),
		Timeouts: limitsFromPriorState(old, "create", "delete")}, nil
}
