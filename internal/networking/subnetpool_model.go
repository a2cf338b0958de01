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
	ID          types.String   `tfsdk:"id"`
	Name        types.String   `tfsdk:"name"`
	Description types.String   `tfsdk:"description"`
	Prefixes    types.List     `tfsdk:"prefixes"`
	MinLength   types.Int64    `tfsdk:"min_prefixlen"`
	MaxLength   types.Int64    `tfsdk:"max_prefixlen"`
	Length      types.Int64    `tfsdk:"default_prefixlen"`
	Quota       types.Int64    `tfsdk:"default_quota"`
	ScopeID     types.String   `tfsdk:"address_scope_id"`
	Version     types.Int64    `tfsdk:"ip_version"`
	Default     types.Bool     `tfsdk:"is_default"`
	Shared      types.Bool     `tfsdk:"shared"`
	Tags        types.Set      `tfsdk:"tags"`
	AllTags     types.Set      `tfsdk:"all_tags"`
	Region      types.String   `tfsdk:"region"`
	Project     types.String   `tfsdk:"project_id"`
	ValueSpecs  types.Map      `tfsdk:"value_specs"`
	Created     types.String   `tfsdk:"created_at"`
	Updated     types.String   `tfsdk:"updated_at"`
	Revision    types.Int64    `tfsdk:"revision_number"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
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
	m.ID, m.Name, m.Version = types.StringValue(p.ID), types.StringValue(p.Name), types.Int64Value(sdn.PoolVersion(p))
	m.MinLength, m.MaxLength, m.Length = types.Int64Value(p.MinLength), types.Int64Value(p.MaxLength), types.Int64Value(p.Length)
	if p.Quota != 0 || !m.Quota.IsNull() {
		m.Quota = types.Int64Value(p.Quota)
	}
	m.ScopeID, m.Default, m.Shared = crud.KeepEmpty(m.ScopeID, p.ScopeID), types.BoolValue(p.Default), types.BoolValue(p.Shared)
	labels := commonModel{Description: m.Description, Tags: m.Tags, ValueSpecs: m.ValueSpecs}
	labels.withCommon(p.Description, p.Tags)
	m.Description, m.Tags, m.AllTags, m.ValueSpecs = labels.Description, labels.Tags, labels.AllTags, labels.ValueSpecs
	m.Updated, m.Revision = crud.TimeValue(p.Updated), types.Int64Value(p.Revision)
	if p.Mark != nil && m.Created.ValueString() == "" { // a moved pool was made earlier
		m.Created = crud.TimeValue(p.Mark.At)
	}
	return m
}

// subnetPoolMoves converts OpenStack's pools, which keep their id.
var subnetPoolMoves = []crud.StateMove[subnetPoolModel]{{From: "openstack_networking_subnetpool_v2", Convert: subnetPoolFromPriorState}}

func subnetPoolFromPriorState(old crud.PriorState) (subnetPoolModel, error) {
	common := commonFromPriorState(old)
	return subnetPoolModel{ID: common.ID, Name: common.Name, Description: common.Description, Tags: common.Tags, AllTags: common.AllTags,
		Region: common.Region, ValueSpecs: common.ValueSpecs, Project: old.Text("project_id"), Prefixes: old.List("prefixes"),
		MinLength: old.Positive("min_prefixlen"), MaxLength: old.Positive("max_prefixlen"), Length: old.Positive("default_prefixlen"),
		Quota: old.Positive("default_quota"), ScopeID: old.Text("address_scope_id"), Version: old.Positive("ip_version"),
		Default: old.Or("is_default", false), Shared: old.Or("shared", false), Created: old.Text("created_at"),
		Updated: old.Text("updated_at"), Revision: old.Int("revision_number"),
		Timeouts: limitsFromPriorState(old, "create", "delete")}, nil
}
