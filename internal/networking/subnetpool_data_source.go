package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SubnetPoolData finds one subnet pool.
var SubnetPoolData = crud.DataSource[sdn.Backend, subnetPoolDataModel]{Name: "networking_subnetpool", Schema: subnetPoolDataSchema,
	Read: readSubnetPoolData}

func subnetPoolDataSchema(context.Context) schema.Schema {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	flag := func(text string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	texts := func(text string, written bool) schema.SetAttribute {
		return schema.SetAttribute{MarkdownDescription: text, Optional: written, Computed: !written, ElementType: types.StringType}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one subnet pool by all that is written.",
		Attributes: map[string]schema.Attribute{
			"id":                schema.StringAttribute{MarkdownDescription: "The pool's id.", Computed: true},
			"name":              text("The pool's name."),
			"description":       text("What the pool is for."),
			"address_scope_id":  text("The id of its address scope, or empty."),
			"ip_version":        number("`4` or `6`."),
			"min_prefixlen":     number("The length in bits of the largest subnet that is cut."),
			"max_prefixlen":     number("The length in bits of the smallest subnet."),
			"default_prefixlen": number("The length of subnets that ask for none."),
			"default_quota":     number("How many IPv4 addresses, or IPv6 networks of 64 bits, a project may have; 0: all."),
			"is_default":        flag("Whether it is the default pool of its IP version."),
			"shared":            flag("Whether it is recorded as one for all projects."),
			"prefixes":          texts("The ranges that subnets are cut from.", false),
			"tags":              texts("Tags that it must all have, among others.", true),
			"all_tags":          texts("Its tags.", false),
			"created_at":        schema.StringAttribute{MarkdownDescription: "When it was made, RFC 3339.", Computed: true},
			"updated_at":        schema.StringAttribute{MarkdownDescription: "When it was last changed, RFC 3339.", Computed: true},
			"revision_number":   schema.Int64Attribute{MarkdownDescription: "How often it was changed.", Computed: true},
			"project_id": schema.StringAttribute{MarkdownDescription: "The provider's `project` that it was made for. As an argument it is " +
				"without effect, with a warning: a vCenter has no projects, and what others have made is found too.", Optional: true,
				Computed: true},
			"region": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no regions.", Optional: true},
		},
	}
}

type subnetPoolDataModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	ScopeID     types.String `tfsdk:"address_scope_id"`
	Version     types.Int64  `tfsdk:"ip_version"`
	MinLength   types.Int64  `tfsdk:"min_prefixlen"`
	MaxLength   types.Int64  `tfsdk:"max_prefixlen"`
	Length      types.Int64  `tfsdk:"default_prefixlen"`
	Quota       types.Int64  `tfsdk:"default_quota"`
	Default     types.Bool   `tfsdk:"is_default"`
	Shared      types.Bool   `tfsdk:"shared"`
	Prefixes    types.Set    `tfsdk:"prefixes"`
	Tags        types.Set    `tfsdk:"tags"`
	AllTags     types.Set    `tfsdk:"all_tags"`
	Created     types.String `tfsdk:"created_at"`
	Updated     types.String `tfsdk:"updated_at"`
	Revision    types.Int64  `tfsdk:"revision_number"`
	Project     types.String `tfsdk:"project_id"`
	Region      types.String `tfsdk:"region"`
}

func readSubnetPoolData(ctx context.Context, backend sdn.Backend, m subnetPoolDataModel) (subnetPoolDataModel, error) {
	placeFilter{}.warn(ctx, backend.Planned(), m.Project)
	all, err := backend.SubnetPools(ctx)
	if err != nil {
		return m, err
	}
	p, err := sole(all, m.fits, "subnet pool", func(p openstack.SubnetPool) string { return p.ID })
	if err != nil {
		return m, err
	}
	return m.with(p), nil
}

func (m subnetPoolDataModel) fits(p openstack.SubnetPool) bool {
	return fitsText(m.Name, p.Name) && fitsText(m.Description, p.Description) && fitsText(m.ScopeID, p.ScopeID) &&
		fitsNumber(m.Version, sdn.PoolVersion(p)) && fitsNumber(m.MinLength, p.MinLength) && fitsNumber(m.MaxLength, p.MaxLength) &&
		fitsNumber(m.Length, p.Length) && fitsNumber(m.Quota, p.Quota) && fits(m.Default, p.Default) && fits(m.Shared, p.Shared) &&
		hasAll(p.Tags, crud.Strings(m.Tags))
}

func (m subnetPoolDataModel) with(p openstack.SubnetPool) subnetPoolDataModel {
	m.ID, m.Name, m.Description, m.ScopeID = types.StringValue(p.ID), types.StringValue(p.Name), types.StringValue(p.Description),
		types.StringValue(p.ScopeID)
	m.Version, m.MinLength, m.MaxLength, m.Length = types.Int64Value(sdn.PoolVersion(p)), types.Int64Value(p.MinLength),
		types.Int64Value(p.MaxLength), types.Int64Value(p.Length)
	m.Quota, m.Default, m.Shared = types.Int64Value(p.Quota), types.BoolValue(p.Default), types.BoolValue(p.Shared)
	m.Prefixes, m.AllTags = crud.SetOf(p.Prefixes), crud.SetOf(p.Tags)
	m.Updated, m.Revision, m.Project = crud.TimeValue(p.Updated), types.Int64Value(p.Revision), written(m.Project, p.Project)
	if p.Mark != nil {
		m.Created = crud.TimeValue(p.Mark.At)
	}
	return m
}
