// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// networkSearch holds the search arguments besides id and name, and results that are not properties of the portgroup.
type networkSearch struct {
	placeFilter
	Matching  types.String `tfsdk:"matching_subnet_cidr"`
	AllTags   types.Set    `tfsdk:"all_tags"`
	Subnets   types.List   `tfsdk:"subnets"`
	ZoneHints types.List   `tfsdk:"availability_zone_hints"`
}

// searchable makes those facts about a network optional that a search may filter by, and adds the arguments that are only filters.
func searchable(facts map[string]schema.Attribute) map[string]schema.Attribute {
	for name, fact := range facts {
		if !slices.Contains(networkFilters, name) {
			continue
		}
		switch a := fact.(type) {
		case schema.StringAttribute:
			a.Optional = true
			facts[name] = a
		case schema.BoolAttribute:
			a.Optional = true
			facts[name] = a
		case schema.Int64Attribute:
			a.Optional = true
			facts[name] = a
		case schema.SetAttribute:
			a.Optional = true
			facts[name] = a
		}
	}
	maps.Copy(facts, placeFilters())
	maps.Copy(facts, map[string]schema.Attribute{
		"matching_subnet_cidr": schema.StringAttribute{MarkdownDescription: "The range of addresses that one of its subnets must have.",
			Optional: true},
		"all_tags": schema.SetAttribute{MarkdownDescription: "All of the network's tags.", Computed: true,
			ElementType: types.StringType},
		"subnets": schema.ListAttribute{MarkdownDescription: "The ids of its subnets. Null in OpenStack.", Computed: true,
			ElementType: types.StringType},
		"availability_zone_hints": schema.ListAttribute{MarkdownDescription: "Always empty.", Computed: true, ElementType: types.StringType},
	})
	return facts
}

// networkFilters are the facts that a search may filter by, besides id and name.
var networkFilters = []string{"description", "status", "external", "mtu", "transparent_vlan", "tags"}

// networkQuestions returns the arguments of which a search must set at least one.
func networkQuestions() []path.Expression {
	out := []path.Expression{path.MatchRoot("network_id"), path.MatchRoot("name"), path.MatchRoot("matching_subnet_cidr")}
	for _, name := range networkFilters {
		out = append(out, path.MatchRoot(name))
	}
	return out
}

// narrowed reports whether the search has filters besides id and name.
func (m networkDataModel) narrowed() bool {
	return m.Description.ValueString() != "" || m.Status.ValueString() != "" || !m.External.IsNull() || !m.MTU.IsNull() ||
		!m.Transparent.IsNull() ||
		len(m.Tags.Elements()) > 0 || m.Matching.ValueString() != "" || m.Switch.ValueString() != ""
}

// fits reports whether a network matches the filters. matching holds the ids of networks with a subnet of the wanted range; nil: any.
func (m networkDataModel) fits(n openstack.Network, matching map[string]bool) bool {
	id := m.NetworkID.ValueString()
	return (id == "" || id == n.ID || id == n.PortgroupKey) && fitsText(m.Name, n.Name) && fitsText(m.Description, n.Description) &&
		fitsText(m.Status, "ACTIVE") && fits(m.External, n.External) && (m.MTU.IsNull() || m.MTU.ValueInt64() == n.MTU) &&
		fitsText(m.Switch, n.SwitchName) && fits(m.Transparent, n.Trunk) && hasAll(n.Tags, crud.Strings(m.Tags)) &&
		(matching == nil || matching[n.ID])
}

// searchHere searches the vCenter. An id or a name alone is looked up; any other search reads the list of networks.
func (m networkDataModel) searchHere(ctx context.Context, backend sdn.Backend) (openstack.Network, error) {
	id, name := m.NetworkID.ValueString(), m.Name.ValueString()
	if !m.narrowed() {
		return backend.Network(ctx, id, name)
	}
	all, err := backend.Networks(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	var matching map[string]bool
	if cidr := m.Matching.ValueString(); cidr != "" {
		subnets, err := backend.Subnets(ctx, "")
		if err != nil {
			return openstack.Network{}, err
		}
		matching = map[string]bool{}
		for _, s := range subnets {
			matching[s.NetworkID] = matching[s.NetworkID] || s.CIDR == cidr
		}
	}
	found, err := only(all, func(n openstack.Network) bool { return m.fits(n, matching) }, "network", "that fits what is written",
		func(n openstack.Network) string {
			return fmt.Sprintf("%s (%s in %s)", n.ID, n.Name, n.Place())
		})
	if err != nil && (id != "" || name != "") && !slices.ContainsFunc(all,
		func(n openstack.Network) bool { return fitsText(m.Name, n.Name) }) {
		return backend.Network(ctx, id, name) // its error suggests the nearest names
	}
	return found, err
}

// searchThere searches OpenStack.
func (m networkDataModel) searchThere(ctx context.Context, lookup networkLookup) (openstack.Network, error) {
	id, name := m.NetworkID.ValueString(), m.Name.ValueString()
	if id == "" && name == "" || m.Matching.ValueString() != "" {
		return openstack.Network{}, openstack.NotFound("networks of OpenStack are found by network_id or name, and not by their subnets")
	}
	n, err := lookup.client.Networks.InCloud(ctx, id, name)
	if err == nil && !m.fits(n, nil) {
		err = openstack.NotFound("the network %s of OpenStack is not as the search says", n.Name)
	}
	return n, err
}

// kept adds the arguments of the search to its result.
func (m networkDataModel) kept(asked networkDataModel, subnets []openstack.Subnet) networkDataModel {
	m.placeFilter, m.Matching, m.AllTags, m.ZoneHints = asked.placeFilter, asked.Matching, m.Tags, textList(nil)
	m.Switch = asked.Switch
	if !asked.Tags.IsNull() {
		m.Tags = asked.Tags
	}
	ids := make([]string, len(subnets))
	for i, s := range subnets {
		ids[i] = s.ID
	}
	m.Subnets = textList(ids)
	return m
}
