// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SubnetData finds one subnet; SubnetIDsData lists the ids of subnets.
var (
	SubnetData    = crud.DataSource[sdn.Backend, subnetDataModel]{Name: "networking_subnet", Schema: subnetDataSchema, Read: readSubnetData}
	SubnetIDsData = crud.DataSource[sdn.Backend, subnetIDsModel]{Name: "networking_subnet_ids", Schema: subnetIDsSchema, Read: readSubnetIDs}
)

// subnetFilters returns the search arguments for subnets.
func subnetFilters() map[string]schema.Attribute {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	flag := func(text string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: text, Optional: true}
	}
	attributes := map[string]schema.Attribute{
		"id":          schema.StringAttribute{MarkdownDescription: "The subnet's id; of a list, always `subnets`.", Computed: true},
		"name":        text("The subnet's name."),
		"description": text("What the subnet is for."),
		"network_id":  text("The id of its network. Unset: any network."),
		"cidr":        text("Its range of addresses."),
		"gateway_ip":  text("Its gateway."),
		"ip_version":  schema.Int64Attribute{MarkdownDescription: "`4` or `6`.", Optional: true},
		"tags":        askedTags(),
		"dhcp_enabled": flag("Whether somebody serves DHCP on its network. `true` finds subnets with `enable_dhcp = true`, and all that fit " +
			"otherwise where there is none of these, with a warning: guests are told their addresses."),
		"ipv6_address_mode":    text("How its guests get their IPv6 addresses."),
		"ipv6_ra_mode":         text("What its router announces."),
		"dns_publish_fixed_ip": flag("Whether the names of its ports are published: `true` finds none, for nobody publishes names here."),
		"segment_id":           text("The id of its segment: one that is written finds none, for no subnet here has one."),
		"subnetpool_id":        text("The id of the subnet pool that it was cut from."),
	}
	maps.Copy(attributes, placeFilters())
	return attributes
}

type subnetFilter struct {
	placeFilter
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	NetworkID   types.String `tfsdk:"network_id"`
	CIDR        types.String `tfsdk:"cidr"`
	Gateway     types.String `tfsdk:"gateway_ip"`
	IPVersion   types.Int64  `tfsdk:"ip_version"`
	Tags        types.Set    `tfsdk:"tags"`
	DHCPEnabled types.Bool   `tfsdk:"dhcp_enabled"`
	AddressMode types.String `tfsdk:"ipv6_address_mode"`
	RAMode      types.String `tfsdk:"ipv6_ra_mode"`
	Publishes   types.Bool   `tfsdk:"dns_publish_fixed_ip"`
	SegmentID   types.String `tfsdk:"segment_id"`
	PoolID      types.String `tfsdk:"subnetpool_id"`
}

func (f subnetFilter) fits(s openstack.Subnet) bool {
	return fitsText(f.Name, s.Name) && fitsText(f.NetworkID, s.NetworkID) && fitsText(f.CIDR, s.CIDR) && fitsText(f.Gateway, s.Gateway) &&
		fitsNumber(f.IPVersion, sdn.IPVersion(s)) && hasAll(s.Tags, crud.Strings(f.Tags)) &&
		fitsText(f.Description, s.Description) && fitsText(f.AddressMode, s.AddressMode) &&
		fitsText(f.RAMode, s.RAMode) && fits(f.Publishes, false) && fitsText(f.SegmentID, "") && fitsText(f.PoolID, s.PoolID)
}

// among returns the subnets that fit, and more demands.
func (f subnetFilter) among(ctx context.Context, speaker crud.Speaker, all []openstack.Subnet,
	more func(openstack.Subnet) bool) []openstack.Subnet {
	var found, served []openstack.Subnet // served: DHCP is as asked for
	for _, s := range all {
		if f.fits(s) && more(s) {
			found = append(found, s)
			if fits(f.DHCPEnabled, s.DHCP) {
				served = append(served, s)
			}
		}
	}
	if len(served) > 0 || !f.DHCPEnabled.ValueBool() || len(found) == 0 {
		return served
	}
	// OpenStack's subnets have DHCP unless they are told otherwise, so modules find theirs by it.
	crud.WarnOnce(ctx, speaker, "No search by DHCP", "dhcp_enabled = true does not narrow a search where no subnet says enable_dhcp = true: "+
		"a vCenter serves no DHCP, and guests are told their addresses by the provider")
	return found
}

// subnetKeys are the sort keys of a list of subnets, under Neutron's names.
var subnetKeys = crud.SortKeys[openstack.Subnet]{
	"id":          func(s openstack.Subnet) string { return s.ID },
	"name":        func(s openstack.Subnet) string { return s.Name },
	"description": func(s openstack.Subnet) string { return s.Description },
	"network_id":  func(s openstack.Subnet) string { return s.NetworkID },
	"cidr":        func(s openstack.Subnet) string { return s.CIDR },
	"gateway_ip":  func(s openstack.Subnet) string { return s.Gateway },
	"ip_version":  func(s openstack.Subnet) string { return crud.SortableNumber(sdn.IPVersion(s)) },
	"enable_dhcp": func(s openstack.Subnet) string { return strconv.FormatBool(s.DHCP) },
}

func subnetDataSchema(context.Context) schema.Schema {
	attributes := subnetFilters()
	for _, name := range []string{"name", "description", "network_id", "cidr", "gateway_ip",
		"ipv6_address_mode", "ipv6_ra_mode", "segment_id", "subnetpool_id"} {
		filter, _ := attributes[name].(schema.StringAttribute)
		filter.Computed = true
		attributes[name] = filter
	}
	attributes["ip_version"] = askedNumber("`4` or `6`.")
	maps.Copy(attributes, map[string]schema.Attribute{
		"subnet_id":   askedText("The subnet's id."),
		"enable_dhcp": schema.BoolAttribute{MarkdownDescription: "Whether somebody serves DHCP on its network.", Computed: true},
		"dns_nameservers": schema.ListAttribute{MarkdownDescription: "The name servers that guests are told.", Computed: true,
			ElementType: types.StringType},
		"allocation_pools": schema.ListAttribute{MarkdownDescription: "Objects with `start` and `end`: the ranges that addresses are chosen " +
			"from.", Computed: true, ElementType: poolType},
		"host_routes": schema.ListAttribute{MarkdownDescription: "Objects with `destination_cidr` and `next_hop`: the routes that guests " +
			"are told, beside the default route.", Computed: true, ElementType: routeType},
		"all_tags": schema.SetAttribute{MarkdownDescription: "The subnet's tags.", Computed: true, ElementType: types.StringType},
		"service_types": schema.SetAttribute{MarkdownDescription: "Always empty: every port may have its addresses.", Computed: true,
			ElementType: types.StringType},
		"addresses_total": schema.Int64Attribute{MarkdownDescription: "How many addresses its pools have; no more than 2^62 are counted.",
			Computed: true},
		"addresses_taken": schema.Int64Attribute{MarkdownDescription: "How many addresses of the subnet ports hold.", Computed: true},
	})
	return schema.Schema{
		MarkdownDescription: "Finds one subnet, by its id or by all that is written. It also says how many of its addresses are taken.",
		Attributes:          attributes,
	}
}

type subnetDataModel struct {
	subnetFilter
	SubnetID     types.String `tfsdk:"subnet_id"`
	DHCP         types.Bool   `tfsdk:"enable_dhcp"`
	DNS          types.List   `tfsdk:"dns_nameservers"`
	Pools        types.List   `tfsdk:"allocation_pools"`
	Routes       types.List   `tfsdk:"host_routes"`
	AllTags      types.Set    `tfsdk:"all_tags"`
	ServiceTypes types.Set    `tfsdk:"service_types"`
	Total        types.Int64  `tfsdk:"addresses_total"`
	Taken        types.Int64  `tfsdk:"addresses_taken"`
}

func readSubnetData(ctx context.Context, backend sdn.Backend, m subnetDataModel) (subnetDataModel, error) {
	m.warn(ctx, backend.Planned())
	all, err := backend.Subnets(ctx, "")
	if err != nil {
		return m, err
	}
	found := m.among(ctx, backend.Planned(), all, func(s openstack.Subnet) bool { return fitsText(m.SubnetID, s.ID) })
	s, err := onlySubnet(found, func(openstack.Subnet) bool { return true }, "that fits what is written")
	if err != nil {
		return m, err
	}
	ports, err := backend.Ports(ctx, s.NetworkID)
	if err != nil {
		return m, err
	}
	taken := int64(0)
	for _, p := range ports {
		for _, ip := range p.FixedIPs {
			if ip.SubnetID == s.ID {
				taken++
			}
		}
	}
	m.Taken = types.Int64Value(taken)
	return m.with(s), nil
}

func (m subnetDataModel) with(s openstack.Subnet) subnetDataModel {
	m.ID, m.SubnetID, m.Name, m.NetworkID = types.StringValue(s.ID), types.StringValue(s.ID), types.StringValue(s.Name),
		types.StringValue(s.NetworkID)
	m.CIDR, m.Gateway, m.IPVersion, m.Description = types.StringValue(s.CIDR), types.StringValue(s.Gateway),
		types.Int64Value(sdn.IPVersion(s)), types.StringValue(s.Description)
	m.DHCP, m.DNS, m.AllTags = types.BoolValue(s.DHCP), textList(s.DNS), crud.SetOf(s.Tags)
	m.AddressMode, m.RAMode, m.ServiceTypes = types.StringValue(s.AddressMode), types.StringValue(s.RAMode), crud.SetOf(nil)
	m.SegmentID, m.PoolID = types.StringValue(""), types.StringValue(s.PoolID)
	pools, routes, total := []attr.Value{}, []attr.Value{}, int64(0)
	for _, p := range s.Pools {
		pools = append(pools, types.ObjectValueMust(poolType.AttrTypes,
			map[string]attr.Value{"start": types.StringValue(p.Start), "end": types.StringValue(p.End)}))
		total = min(1<<62, total+size(p))
	}
	for _, r := range s.Routes {
		routes = append(routes, types.ObjectValueMust(routeType.AttrTypes,
			map[string]attr.Value{"destination_cidr": types.StringValue(r.Destination), "next_hop": types.StringValue(r.NextHop)}))
	}
	m.Pools, m.Routes, m.Total = types.ListValueMust(poolType, pools), types.ListValueMust(routeType, routes), types.Int64Value(total)
	return m
}

// size returns the number of addresses in a pool, or 2^62 if it is too large to count.
func size(p openstack.AddressPool) int64 {
	start, err1 := netip.ParseAddr(p.Start)
	end, err2 := netip.ParseAddr(p.End)
	if err1 != nil || err2 != nil {
		return 0
	}
	a, b := start.As16(), end.As16()
	var n int64
	for i := range a {
		if n >= 1<<53 {
			return 1 << 62
		}
		n = n<<8 + int64(b[i]) - int64(a[i])
	}
	return n + 1
}

func subnetIDsSchema(context.Context) schema.Schema {
	attributes := subnetFilters()
	maps.Copy(attributes, sortFilters(subnetKeys.Names()))
	attributes["name_regex"] = schema.StringAttribute{MarkdownDescription: "A regular expression (RE2) that their names must match.",
		Optional: true}
	attributes["ids"] = schema.ListAttribute{MarkdownDescription: "The ids of the subnets that fit.", Computed: true,
		ElementType: types.StringType}
	return schema.Schema{MarkdownDescription: "Lists the ids of subnets, of one network or of all. All that is written must fit.",
		Attributes: attributes}
}

type subnetIDsModel struct {
	subnetFilter
	sortFilter
	NameRegex types.String `tfsdk:"name_regex"`
	IDs       []string     `tfsdk:"ids"`
}

func readSubnetIDs(ctx context.Context, backend sdn.Backend, m subnetIDsModel) (subnetIDsModel, error) {
	m.warn(ctx, backend.Planned())
	name, err := pattern(m.NameRegex)
	if err != nil {
		return m, err
	}
	all, err := backend.Subnets(ctx, m.NetworkID.ValueString())
	if err != nil {
		return m, err
	}
	all = slices.Clone(all)
	if err := subnetKeys.Sort(all, m.Key, m.Direction); err != nil {
		return m, err
	}
	m.ID, m.IDs = types.StringValue("subnets"), []string{}
	for _, s := range m.among(ctx, backend.Planned(), all, func(s openstack.Subnet) bool { return name.MatchString(s.Name) }) {
		m.IDs = append(m.IDs, s.ID)
	}
	return m, nil
}
