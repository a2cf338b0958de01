// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

type subnetModel struct {
	commonModel
	subnetExtras
	NetworkID   types.String   `tfsdk:"network_id"`
	CIDR        types.String   `tfsdk:"cidr"`
	IPVersion   types.Int64    `tfsdk:"ip_version"`
	Gateway     types.String   `tfsdk:"gateway_ip"`
	NoGateway   types.Bool     `tfsdk:"no_gateway"`
	DHCP        types.Bool     `tfsdk:"enable_dhcp"`
	DNS         types.List     `tfsdk:"dns_nameservers"`
	AddressMode types.String   `tfsdk:"ipv6_address_mode"`
	RAMode      types.String   `tfsdk:"ipv6_ra_mode"`
	Pools       types.Set      `tfsdk:"allocation_pool"`
	Routes      types.List     `tfsdk:"host_route"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

type poolModel struct {
	Start types.String `tfsdk:"start"`
	End   types.String `tfsdk:"end"`
}

type routeModel struct {
	Destination types.String `tfsdk:"destination_cidr"`
	NextHop     types.String `tfsdk:"next_hop"`
}

var (
	poolType  = types.ObjectType{AttrTypes: map[string]attr.Type{"start": types.StringType, "end": types.StringType}}
	routeType = types.ObjectType{AttrTypes: map[string]attr.Type{"destination_cidr": types.StringType, "next_hop": types.StringType}}
)

// rangeKnown reports whether every value that decides on addresses is known.
func (m subnetModel) rangeKnown() bool {
	return crud.Known(m.CIDR, m.Pools, m.Routes, m.DNS, m.NoGateway, m.AddressMode, m.RAMode) && m.blocksKnown()
}

// blocksKnown reports whether the blocks have no unknown values.
func (m subnetModel) blocksKnown() bool {
	for _, p := range m.pools() {
		if !crud.Known(p.Start, p.End) {
			return false
		}
	}
	return !slices.ContainsFunc(m.routes(), func(r routeModel) bool { return !crud.Known(r.Destination, r.NextHop) })
}

func (m subnetModel) pools() (out []poolModel) {
	out = crud.Elements[poolModel](m.Pools)
	return out
}

func (m subnetModel) routes() (out []routeModel) {
	out = crud.Elements[routeModel](m.Routes)
	return out
}

// subnet returns the planned subnet, completed.
func (m subnetModel) subnet() (openstack.Subnet, error) { return m.complete(m.wish()) }

// complete fills in what follows from the range of a subnet.
func (m subnetModel) complete(s openstack.Subnet) (openstack.Subnet, error) {
	return sdn.Complete(s, m.NoGateway.ValueBool())
}

// wish returns the planned subnet as it is written. Without a range it has no CIDR.
func (m subnetModel) wish() openstack.Subnet {
	s := openstack.Subnet{ID: m.ID.ValueString(), NetworkID: m.NetworkID.ValueString(), Name: m.Name.ValueString(),
		Description: m.Description.ValueString(), Tags: crud.Strings(m.Tags), CIDR: m.CIDR.ValueString(), Gateway: m.Gateway.ValueString(),
		DNS: texts(m.DNS), DHCP: m.DHCP.ValueBool(), AddressMode: m.AddressMode.ValueString(), RAMode: m.RAMode.ValueString(),
		PoolID: m.PoolID.ValueString(), CutLength: m.PrefixLength.ValueInt64()}
	if m.NoGateway.ValueBool() {
		s.Gateway = ""
	}
	for _, p := range m.pools() {
		s.Pools = append(s.Pools, openstack.AddressPool{Start: p.Start.ValueString(), End: p.End.ValueString()})
	}
	for _, r := range m.routes() {
		s.Routes = append(s.Routes, openstack.Route{Destination: r.Destination.ValueString(), NextHop: r.NextHop.ValueString()})
	}
	return s
}

func (m subnetModel) with(s openstack.Subnet) subnetModel {
	m.ID, m.NetworkID, m.CIDR, m.IPVersion = types.StringValue(s.ID), types.StringValue(s.NetworkID), crud.Written(m.CIDR, s.CIDR),
		types.Int64Value(sdn.IPVersion(s))
	m.Name = crud.KeepEmpty(m.Name, s.Name)
	m.withCommon(s.Description, s.Tags)
	m.subnetExtras = m.typed().of(s)
	m.Gateway, m.DHCP = types.StringValue(s.Gateway), types.BoolValue(s.DHCP)
	if len(s.DNS) > 0 || len(m.DNS.Elements()) > 0 {
		m.DNS = textList(s.DNS)
	}
	m.AddressMode, m.RAMode = crud.KeepEmpty(m.AddressMode, s.AddressMode), crud.KeepEmpty(m.RAMode, s.RAMode)
	if len(m.Pools.Elements()) > 0 && !slices.Equal(m.canonicalPools(), s.Pools) {
		m.Pools = poolSet(s.Pools)
	}
	if own := routeList(s.Routes); !own.Equal(m.Routes) && (len(own.Elements()) > 0 || len(m.Routes.Elements()) > 0) {
		m.Routes = own
	}
	return m
}

// canonicalPools returns the written pools in their stored form.
func (m subnetModel) canonicalPools() []openstack.AddressPool {
	s, err := m.subnet()
	if err != nil {
		return nil
	}
	return s.Pools
}

func poolSet(pools []openstack.AddressPool) types.Set {
	var out []attr.Value
	for _, p := range pools {
		out = append(out, types.ObjectValueMust(poolType.AttrTypes, map[string]attr.Value{"start": types.StringValue(p.Start),
			"end": types.StringValue(p.End)}))
	}
	return types.SetValueMust(poolType, out)
}

// routeList returns a subnet's own routes as a list.
func routeList(routes []openstack.Route) types.List {
	out := []attr.Value{}
	for _, r := range routes {
		if !r.Apart {
			out = append(out, types.ObjectValueMust(routeType.AttrTypes,
				map[string]attr.Value{"destination_cidr": types.StringValue(r.Destination), "next_hop": types.StringValue(r.NextHop)}))
		}
	}
	return types.ListValueMust(routeType, out)
}
