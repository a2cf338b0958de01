// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// Subnet is the resource of a subnet: a range of addresses on a network.
var Subnet = crud.Resource[sdn.Backend, subnetModel]{
	Name: "networking_subnet", Schema: subnetSchema, Check: checkSubnet, Plan: planSubnet, PlanUnconfigured: planSubnet,
	Create: createSubnet, Read: readSubnet, Update: updateSubnet, Delete: deleteSubnet, Import: importSubnet,
	Moves: subnetMoves, Locate: locateSubnet, Adopt: createSubnet,
	Timeouts: func(m *subnetModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type subnetRequest = *crud.Request[sdn.Backend, subnetModel]

func subnetSchema(ctx context.Context) schema.Schema {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	mode := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text + " IPv6 only: `slaac`, `dhcpv6-stateful` or `dhcpv6-stateless`. With `slaac` " +
			"and `dhcpv6-stateless` a port's address follows from its MAC. A change replaces the subnet.", Optional: true,
			PlanModifiers: replace, Validators: []validator.String{stringvalidator.OneOf(sdn.SLAAC, sdn.DHCPv6Stateful, sdn.DHCPv6Stateless)}}
	}
	attributes := common("subnet")
	attributes["network_id"] = schema.StringAttribute{MarkdownDescription: "The id of the network. A change replaces the subnet.",
		Required: true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(otherNetwork, "Another network replaces the subnet.",
			"Another network replaces the subnet.")}}
	attributes["cidr"] = schema.StringAttribute{MarkdownDescription: "The range of addresses, as in `10.0.0.0/24`. No two subnets of a " +
		"network overlap. A change replaces the subnet. With `subnetpool_id` it must lie in the pool, and without it a free range of the pool " +
		"is taken.", Optional: true, Computed: true, PlanModifiers: []planmodifier.String{whileRangeStays{},
		stringplanmodifier.RequiresReplaceIf(otherCIDR, otherRange, otherRange)}}
	attributes["ip_version"] = schema.Int64Attribute{MarkdownDescription: "`4` or `6`; it follows from the range, and must not contradict it.",
		Optional: true, Computed: true,
		Validators: []validator.Int64{int64validator.OneOf(4, 6)}, PlanModifiers: []planmodifier.Int64{whileRangeStays{}}}
	attributes["gateway_ip"] = schema.StringAttribute{MarkdownDescription: "The gateway that guests are told. Unset: the first address of " +
		"the range, as Neutron chooses.", Optional: true, Computed: true,
		PlanModifiers: []planmodifier.String{whileRangeStays{}}}
	attributes["no_gateway"] = schema.BoolAttribute{MarkdownDescription: "`true`: guests are told none.", Optional: true}
	attributes["enable_dhcp"] = flag("A vCenter serves no DHCP. `true` says that somebody else does on this network: guests are then told "+
		"to ask, and the addresses of ports are what that server must give out. On a segment of NSX that this provider made, "+
		"`true` makes NSX that server, on the block `nsx`'s edge cluster, with a static binding for each port. `false`, the default, writes the "+
		"addresses into the guests.", false)
	attributes["dns_nameservers"] = schema.ListAttribute{MarkdownDescription: "The name servers that guests are told, in the order they " +
		"are asked. Unset: those of the provider's `dns_nameservers`; a warning says where there are none either.", Optional: true,
		ElementType: types.StringType}
	attributes["ipv6_address_mode"] = mode("How guests get their addresses.")
	attributes["ipv6_ra_mode"] = mode("What the network's router announces; this provider makes no router.")
	maps.Copy(attributes, subnetExtraAttributes())
	return schema.Schema{
		MarkdownDescription: "A range of addresses on a network, and what its guests are told. It is a record beside the network: addresses " +
			"are claimed there, so that no two ports ever get the same, from whichever workspace. The network may be any that the vCenter has, " +
			"made by this provider or not. A `moved` block makes one of an `openstack_networking_subnet_v2`: it keeps its id, and is recorded " +
			"here at its first change.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"allocation_pool": schema.SetNestedBlock{MarkdownDescription: "A range that addresses are chosen from. Without one: the whole subnet " +
				"but network, broadcast and gateway addresses. An address beyond the pools can be asked for.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"start": schema.StringAttribute{MarkdownDescription: "The first address.", Required: true},
					"end":   schema.StringAttribute{MarkdownDescription: "The last address.", Required: true}}}},
			"host_route": schema.ListNestedBlock{MarkdownDescription: "A route that guests are told, beside the default route. " +
				"`networking_subnet_route` makes one apart from the subnet.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"destination_cidr": schema.StringAttribute{MarkdownDescription: "The range of addresses that it leads to.", Required: true},
					"next_hop":         schema.StringAttribute{MarkdownDescription: "The neighbour that it leads by.", Required: true}}}},
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true}),
		},
	}
}

// checkSubnet refuses what no subnet of any network can have.
func checkSubnet(m subnetModel) error {
	if m.span().absent() { // a missing range is refused at plan
		return nil
	}
	if err := m.span().check(); err != nil || !m.rangeKnown() || m.Gateway.IsUnknown() {
		return err
	}
	_, err := m.checked()
	return err
}

// checked returns the written subnet, completed.
func (m subnetModel) checked() (openstack.Subnet, error) {
	s, err := m.subnet()
	switch v := m.IPVersion.ValueInt64(); {
	case err != nil:
		return s, err
	case v != 0 && v != sdn.IPVersion(s):
		return s, openstack.AttributeErrorf("ip_version", "it is %d, and %s is a range of IPv%d: leave ip_version out, or write a range of IPv%d",
			v,
			s.CIDR, sdn.IPVersion(s), v)
	case s.CIDR != m.CIDR.ValueString():
		return s, openstack.AttributeErrorf("cidr", "%s is written as %s", m.CIDR.ValueString(), s.CIDR)
	}
	return s, nil
}

// warnDHCP warns of a subnet whose guests ask a DHCP server that the provider does not make, unless its network is known to be a segment
// of the provider's.
func warnDHCP(ctx context.Context, backend sdn.Backend, network types.String) {
	if id := network.ValueString(); backend != nil && id != "" {
		n, err := backend.Network(ctx, id, "")
		if err == nil && n.Kind == openstack.NetworkSegment && n.Mark != nil || leadsOut(ctx, backend, id) {
			return
		}
	}
	crud.WarnAt(ctx, path.Root("enable_dhcp"), "Somebody else must serve DHCP",
		"A vCenter serves no DHCP, and NSX does on segments that this provider made. With enable_dhcp = true guests on any other network are "+
			"told to ask for an address: a server on the network must answer, and give each MAC the address of its port")
}

// planSubnet refuses what its network cannot have, and plans the values that follow from the range.
func planSubnet(ctx context.Context, req subnetRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	plan.planCommon(ctx)
	if err := req.Config.span().check(); err != nil {
		return err
	}
	if plan.DHCP.ValueBool() && (state == nil || !state.DHCP.ValueBool()) {
		warnDHCP(ctx, backend, plan.NetworkID)
	}
	if plan.NoGateway.ValueBool() && plan.Gateway.ValueString() != "" && !plan.Gateway.IsUnknown() {
		if state == nil || !plan.Gateway.Equal(state.Gateway) {
			return openstack.AttributeErrorf("no_gateway", "it contradicts gateway_ip: write only one of them")
		}
	}
	if req.Config.span().absent() && plan.CIDR.ValueString() == "" {
		return planCut(ctx, req)
	}
	if !plan.rangeKnown() || req.Config.Gateway.IsUnknown() {
		return nil
	}
	s, err := plan.checked()
	if err != nil {
		return err
	}
	plan.IPVersion, plan.Gateway = types.Int64Value(sdn.IPVersion(s)), types.StringValue(s.Gateway)
	plan.warnUnresolved(ctx, backend, state, s, s.CIDR)
	if backend == nil || !crud.Known(plan.NetworkID) {
		return nil
	}
	if state != nil && (!state.NetworkID.Equal(plan.NetworkID) || !state.CIDR.Equal(plan.CIDR) ||
		state.PoolID.ValueString() != plan.PoolID.ValueString()) {
		backend.Planned().Subnets.Replace(state.ID.ValueString())
		s.ID = ""
		_, err := backend.CheckSubnet(ctx, s)
		return err
	}
	if s, err = backend.CheckSubnet(ctx, s); err != nil {
		return err
	}
	backend.Planned().Subnets.Expect(s)
	return nil
}

// leadsOut reports whether a network is known to be a tier-0 gateway of NSX, where no guests are.
func leadsOut(ctx context.Context, backend sdn.Backend, network string) bool {
	if network == "" {
		return false
	}
	n, err := backend.Network(ctx, network, "")
	return err == nil && n.Kind == openstack.NetworkExternal
}

// warnUnresolved warns of a subnet whose guests are told no name server.
func (m subnetModel) warnUnresolved(ctx context.Context, backend sdn.Backend, state *subnetModel, s openstack.Subnet, which string) {
	if backend != nil && sdn.Unresolved(s) && len(backend.Resolvers()) == 0 && !leadsOut(ctx, backend, s.NetworkID) &&
		(state == nil || !m.DNS.Equal(state.DNS) || !m.CIDR.Equal(state.CIDR)) {
		crud.WarnAt(ctx, path.Root("dns_nameservers"), "Guests are told no name server", "The subnet "+which+
			" has no dns_nameservers, and nobody serves DHCP on a vCenter: its guests get an address, and resolve no name. "+
			"Write dns_nameservers here, or in the provider block for every subnet that has none (environment NOVASPHERE_DNS_NAMESERVERS)")
	}
}

func createSubnet(ctx context.Context, req subnetRequest) (*subnetModel, error) {
	backend, m := req.Client, *req.Plan
	s, err := m.wish(), error(nil)
	if !m.span().absent() && !m.CIDR.IsUnknown() {
		if s, err = m.complete(s); err != nil {
			return nil, err
		}
	}
	defer func(wish openstack.Subnet) { backend.Planned().Subnets.Done(wish) }(s)
	if s.PoolID == "" {
		s, err = backend.CreateSubnet(ctx, s)
	} else {
		s, err = backend.CutSubnet(ctx, s, m.complete)
	}
	if err != nil {
		return nil, err
	}
	made := m.with(s)
	return &made, nil
}

func readSubnet(ctx context.Context, req subnetRequest) (*subnetModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().Subnets.Read(m.ID.ValueString())
	s, err := backend.Subnet(ctx, m.NetworkID.ValueString(), m.ID.ValueString())
	return crud.Result(m.with(s), err)
}

func updateSubnet(ctx context.Context, req subnetRequest) (*subnetModel, error) {
	backend, plan, state := req.Client, *req.Plan, *req.State
	s, err := backend.UpdateSubnet(ctx, state.NetworkID.ValueString(), state.ID.ValueString(), func(s *openstack.Subnet) error {
		want := plan.wish()
		want.CIDR, want.PoolID = s.CIDR, s.PoolID // a pool may have been written when pools were without effect
		want, err := plan.complete(want)
		if err != nil {
			return err
		}
		apart := slices.DeleteFunc(slices.Clone(s.Routes), func(r openstack.Route) bool { return !r.Apart })
		want.ID, want.Mark, want.Project = s.ID, s.Mark, s.Project
		*s = want
		s.Routes = append(slices.Clone(want.Routes), apart...)
		return nil
	})
	return crud.Result(plan.with(s), err)
}

func deleteSubnet(ctx context.Context, req subnetRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteSubnet(ctx, m.NetworkID.ValueString(), m.ID.ValueString())
}

// importSubnet accepts a subnet's id. Its pools are written out only where Neutron would choose others.
func importSubnet(ctx context.Context, req subnetRequest) (*subnetModel, error) {
	backend, id := req.Client, req.ID
	m := subnetModel{Timeouts: noTimeouts(), DNS: types.ListNull(types.StringType)}
	s, err := findSubnet(ctx, backend, func(s openstack.Subnet) bool { return s.ID == id }, "with the id "+id)
	if err != nil {
		return nil, err
	}
	usual, err := sdn.Complete(openstack.Subnet{CIDR: s.CIDR, Gateway: s.Gateway}, s.Gateway == "")
	if m.Pools = types.SetValueMust(poolType, []attr.Value{}); err != nil || !slices.Equal(usual.Pools, s.Pools) {
		m.Pools = poolSet(s.Pools)
	}
	m.NoGateway = types.BoolNull()
	if s.Gateway == "" {
		m.NoGateway = types.BoolValue(true)
	}
	m.Routes = routeList(s.Routes)
	return crud.Result(m.with(s), nil)
}

// findSubnet returns the one subnet that fits, on any network.
func findSubnet(ctx context.Context, backend sdn.Backend, fits func(openstack.Subnet) bool, what string) (openstack.Subnet, error) {
	all, err := backend.Subnets(ctx, "")
	if err != nil {
		return openstack.Subnet{}, err
	}
	return onlySubnet(all, fits, what)
}

func onlySubnet(all []openstack.Subnet, fits func(openstack.Subnet) bool, what string) (openstack.Subnet, error) {
	return only(all, fits, "subnet", what, func(s openstack.Subnet) string { return s.ID + " (" + s.CIDR + ")" })
}
