// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// Network is a layer 2 network: a portgroup of a distributed switch, or a segment of NSX.
var Network = crud.Resource[sdn.Backend, networkModel]{
	Name: "networking_network", Schema: networkSchema, Plan: planNetwork, PlanUnconfigured: planNetwork,
	Create: createNetwork, Read: readNetwork, Update: updateNetwork, Delete: deleteNetwork, Import: importNetwork,
	Moves: networkMoves, Locate: locateNetwork, AdoptInto: adoptIntoNetwork,
	Timeouts: func(m *networkModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type networkRequest = *crud.Request[sdn.Backend, networkModel]

func networkSchema(ctx context.Context) schema.Schema {
	attributes := common("network")
	attributes["name"] = schema.StringAttribute{MarkdownDescription: "The network's name, which is the portgroup's: unique in the folder of " +
		"its switch, so that it must be written. A segment of NSX has it as its display name. A change renames it.", Optional: true,
		Validators: []validator.String{crud.Within(&openstack.NetworkName)}}
	attributes["admin_state_up"] = flag("`false` blocks every port; a segment is then down.", true)
	attributes["port_security_enabled"] = flag("`false` lets guests send from and receive for addresses that are not theirs: the portgroup "+
		"then allows promiscuous mode, forged transmits and changes of MAC addresses. The switch knows no IP addresses; what it filters by them "+
		"are security groups. In NSX it is what ports have that say nothing themselves: spoof guard lets only their own addresses pass.", true)
	attributes["shared"] = flag("Accepted without effect: whoever may use the portgroup in the vCenter may use the network.", false)
	attributes["external"] = flag("Marks the network as a way out. The mark is kept with the portgroup, and is for people and for routers. "+
		"With the provider's `routers = \"nsx\"` an external network is a tier-0 gateway of NSX, and a record of this provider: "+
		"`segments.physical_network` names the tier-0 by its name, id or policy path. Unset, it is the one that is called like the network, "+
		"else the only one. A tier-0 is one external network; its subnets are records, and no instance is plugged into it.", false)
	attributes["transparent_vlan"] = schema.BoolAttribute{MarkdownDescription: "`true` carries every VLAN (0 to 4094) to the guests, " +
		"tagged: a trunk on the switch, or a VLAN segment of NSX. An overlay cannot. A change replaces the " +
		"network.", Optional: true, Computed: true,
		PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown(), boolplanmodifier.RequiresReplaceIfConfigured()}}
	attributes["mtu"] = schema.Int64Attribute{MarkdownDescription: "The largest frame in bytes. Unset: the switch's. What is written may " +
		"not be more. Guests with addresses of the network's subnets are told it, if their subnets do not have them ask DHCP; of an MTU that " +
		"is the switch's they are told at most 1500, because a switch that carries jumbo frames does not say that what lies behind it does.",
		Optional: true, Computed: true,
		Validators: []validator.Int64{int64validator.Between(68, 65535)}}
	attributes["availability_zone_hints"] = schema.SetAttribute{MarkdownDescription: "Zones of the provider's `availability_zone` blocks: " +
		"the network is made on their `switch`, where `segments.physical_network` names none. Without effect in NSX, where a segment is on " +
		"every switch of its transport zone.", Optional: true, ElementType: types.StringType}
	maps.Copy(attributes, segmentAttributes())
	attributes["dns_domain"] = schema.StringAttribute{MarkdownDescription: "The domain in which guests look names up.", Optional: true,
		Validators: []validator.String{crud.Within(&openstack.DNSName)}}
	attributes["qos_policy_id"] = networkQoSAttribute()
	return schema.Schema{
		MarkdownDescription: "A layer 2 network: a portgroup of a distributed switch, or a segment of NSX; or an external network of routers " +
			"of NSX, which is a tier-0 gateway (see `external`). A portgroup is of the early binding " +
			"kind, so that ports can be booked. It adds ports as they are needed: the switch does (autoExpand) until the first port is booked for " +
			"an instance, and the provider from then on, because a switch that adds ports may also take booked ones away. Some ports stay free " +
			"for machines that others plug in. A segment has its own id as the network's; it needs the provider's block `nsx`, and creation waits " +
			"until the vCenter shows its portgroup. A network that this provider did not make can be imported, and is never deleted. A `moved` " +
			"block makes one of an `openstack_networking_network_v2` or a `vsphere_distributed_port_group`: the portgroup whose name holds " +
			"OpenStack's id of the network, or is the network's.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true}),
		},
	}
}

type networkModel struct {
	commonModel
	AdminUp      types.Bool     `tfsdk:"admin_state_up"`
	PortSecurity types.Bool     `tfsdk:"port_security_enabled"`
	Shared       types.Bool     `tfsdk:"shared"`
	External     types.Bool     `tfsdk:"external"`
	Transparent  types.Bool     `tfsdk:"transparent_vlan"`
	MTU          types.Int64    `tfsdk:"mtu"`
	DNSDomain    types.String   `tfsdk:"dns_domain"`
	QoSPolicyID  types.String   `tfsdk:"qos_policy_id"`
	ZoneHints    types.Set      `tfsdk:"availability_zone_hints"`
	Segments     types.Set      `tfsdk:"segments"`
	VLAN         types.Int64    `tfsdk:"segmentation_id"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// planNetwork refuses a network that no switch can carry, and plans what follows from the switch.
func planNetwork(ctx context.Context, req networkRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	plan.planCommon(ctx)
	if err := plan.planQoS(ctx, backend, req.Config, state); err != nil {
		return err
	}
	if plan.Name.IsNull() {
		return openstack.AttributeErrorf("name", "the network has no name, and a portgroup must have one: write a name")
	}
	if plan.Transparent.IsUnknown() && req.Config.Transparent.IsNull() {
		plan.Transparent = types.BoolValue(false)
	}
	if state != nil && backend != nil && crud.Known(plan.ID, plan.Name, plan.External) {
		plan.expect(ctx, backend, req.Config.anyVLAN())
	}
	if !crud.Known(req.Config.Segments, plan.Transparent, plan.ZoneHints) {
		return nil
	}
	segment := req.Config.segment()
	if !crud.Known(segment.Type, segment.Physical, segment.ID) {
		return nil
	}
	if err := plan.checkSegment(segment); err != nil {
		return err
	}
	if err := plan.planVLAN(ctx, req); err != nil || backend == nil {
		return err
	}
	return plan.planSwitch(ctx, req, segment)
}

// planSwitch refuses a network that its switch cannot carry, and plans what follows from the switch.
func (m *networkModel) planSwitch(ctx context.Context, req networkRequest, segment segmentModel) error {
	backend, state := req.Client, req.State
	n := m.written(*req.Config)
	if state != nil {
		was, will := state.segment(), m.segment()
		if was.Physical.Equal(will.Physical) && was.overlay() == will.overlay() && m.Name.Equal(state.Name) && m.MTU.Equal(state.MTU) &&
			m.ZoneHints.Equal(state.ZoneHints) && m.External.Equal(state.External) && !m.VLAN.IsUnknown() {
			return nil
		}
		have, err := backend.Network(ctx, state.ID.ValueString(), "")
		if err != nil {
			return err
		}
		if kind := segment.Type; !kind.IsNull() && segment.overlay() != have.Overlay {
			return openstack.AttributeErrorf("segments", "the network %s is in %s, and cannot become one of the type %s: make another network and "+
				"plug the instances into it, or taint this one", have.Name, have.Place(), kind.ValueString())
		}
		if n.Overlay = have.Overlay; n.PhysicalNetwork == "" {
			n.Zone = have.Zone
		}
		if n.PhysicalNetwork == "" && m.ZoneHints.Equal(state.ZoneHints) {
			n.SwitchName = have.SwitchName
		}
	}
	checked, err := backend.CheckNetwork(ctx, n)
	if err == nil && m.MTU.IsUnknown() && req.Config.MTU.IsNull() && checked.MTU > 0 {
		m.MTU = types.Int64Value(checked.MTU)
	}
	if err == nil && (checked.Overlay || checked.Kind == openstack.NetworkExternal) && !checked.AnyVLAN {
		m.VLAN = types.Int64Null()
	}
	if err == nil && state == nil && m.Name.ValueString() != "" {
		backend.Planned().Networks.Expect(checked)
	}
	if err == nil && state != nil && state.ID.ValueString() != "" {
		return m.sameSwitch(ctx, backend, checked, *state)
	}
	return err
}

// expect tells later plans what an existing network becomes: its name, and whether it is external.
func (m networkModel) expect(ctx context.Context, backend sdn.Backend, anyVLAN bool) {
	n := m.network()
	n.AnyVLAN = anyVLAN
	if have, err := backend.Network(ctx, n.ID, ""); err == nil {
		n.Kind, n.SwitchName, n.SwitchUUID, n.Overlay, n.Zone, n.Gateway = have.Kind, have.SwitchName, have.SwitchUUID, have.Overlay, have.Zone,
			have.Gateway
		if anyVLAN {
			n.VLAN = have.VLAN
			warnShared(ctx, backend, have)
		}
	}
	backend.Planned().Networks.Expect(n)
}

// sameSwitch refuses to move a portgroup to another switch, or a segment to another transport zone, which neither vSphere nor NSX can do.
func (m networkModel) sameSwitch(ctx context.Context, backend sdn.Backend, want openstack.Network, state networkModel) error {
	have, err := backend.Network(ctx, state.ID.ValueString(), "")
	if err == nil && have.Kind == openstack.NetworkExternal && !want.External {
		return openstack.AttributeErrorf("external", "the network %s is %s of NSX, and cannot become another one: make another network, or "+
			"taint this one", have.Name, have.Place())
	}
	if err != nil || have.Kind == want.Kind && have.SwitchUUID == want.SwitchUUID && have.Zone == want.Zone ||
		have.SwitchUUID == "" && have.Zone == "" {
		return err
	}
	return openstack.AttributeErrorf("segments", "the network %s is in %s, and cannot move to %s: make another network and plug the "+
		"instances into it, or taint this one", have.Name, have.Place(), want.Place())
}

func createNetwork(ctx context.Context, req networkRequest) (*networkModel, error) {
	backend, m := req.Client, *req.Plan
	want := m.written(*req.Config)
	defer func() { backend.Planned().Networks.Done(want) }()
	n, err := backend.CreateNetwork(ctx, want)
	if err != nil && n.ID == "" {
		return nil, err
	}
	made := m.with(n)
	return &made, err
}

func readNetwork(ctx context.Context, req networkRequest) (*networkModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().Networks.Read(m.ID.ValueString())
	n, err := backend.Network(ctx, m.ID.ValueString(), "")
	if err != nil {
		return nil, err
	}
	if err := n.Manageable(); err != nil {
		return nil, openstack.AttributeErrorf("id", "%w. Or take it out of the state (a removed block with destroy = false)", err)
	}
	return crud.Result(m.with(n).limited(ctx, backend, n))
}

func updateNetwork(ctx context.Context, req networkRequest) (*networkModel, error) {
	backend, plan := req.Client, *req.Plan
	have, err := backend.Network(ctx, plan.ID.ValueString(), "")
	if err != nil {
		return nil, err
	}
	n, err := backend.UpdateNetwork(ctx, plan.over(have, *req.Config))
	return crud.Result(plan.with(n), err)
}

func deleteNetwork(ctx context.Context, req networkRequest) error {
	backend, m := req.Client, *req.State
	ours, err := backend.DeleteNetwork(ctx, m.ID.ValueString())
	if err == nil && !ours {
		crud.WarnAt(ctx, path.Root("id"), "The network stays", "The network "+m.Name.ValueString()+
			" was not made by this provider: it is no longer managed, and is left as it is")
	}
	return err
}

// importNetwork accepts a network's id or its name.
func importNetwork(ctx context.Context, req networkRequest) (*networkModel, error) {
	backend, id := req.Client, req.ID
	m := networkModel{Timeouts: noTimeouts(), ZoneHints: types.SetNull(types.StringType)}
	n, err := backend.Network(ctx, id, "")
	if err != nil {
		if byName, failed := backend.Network(ctx, "", id); failed == nil {
			n, err = byName, nil
		}
	}
	if err == nil && n.Manageable() != nil {
		return nil, openstack.AttributeErrorf("id", "%w", n.Manageable())
	}
	m.Segments = segmentsOf(n, "")
	return crud.Result(m.with(n), err)
}

// written returns the network with what only its configuration says.
func (m networkModel) written(config networkModel) openstack.Network {
	n, s := m.network(), config.segment()
	n.Type, n.PhysicalNetwork, n.AnyVLAN = s.Type.ValueString(), s.Physical.ValueString(), config.anyVLAN()
	return n
}

// network returns the network without what only its configuration says: its type, its physical network, and whether it may have any VLAN.
func (m networkModel) network() openstack.Network {
	return openstack.Network{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueString(),
		Tags: crud.Strings(m.Tags), VLAN: m.VLAN.ValueInt64(), Trunk: m.Transparent.ValueBool(),
		AdminUp: m.AdminUp.ValueBool(), Insecure: !m.PortSecurity.ValueBool(), External: m.External.ValueBool(),
		ZoneHints: crud.Strings(m.ZoneHints), DNSDomain: m.DNSDomain.ValueString(), MTU: m.MTU.ValueInt64(),
		QoSPolicyID: m.QoSPolicyID.ValueString()}
}

// over returns the planned network based on the existing one: it keeps its VLAN if the configuration names none, and a moved network the
// portgroup's own name until another one is written.
func (m networkModel) over(have openstack.Network, config networkModel) openstack.Network {
	n := m.network()
	n.SwitchName, n.AnyVLAN = have.SwitchName, config.anyVLAN()
	switch {
	case len(config.Segments.Elements()) == 0:
		n.VLAN, n.Trunk, n.AnyVLAN = have.VLAN, have.Trunk, false
	case n.AnyVLAN:
		n.VLAN = have.VLAN
	}
	if have.Alias != "" && have.Alias == n.Name {
		n.Name, n.Alias = have.Name, have.Alias
	}
	return n
}

func (m networkModel) with(n openstack.Network) networkModel {
	m.ID = types.StringValue(n.ID)
	if n.Alias == "" || n.Alias != m.Name.ValueString() {
		m.Name = types.StringValue(n.Name)
	}
	m.withCommon(n.Description, n.Tags)
	m.AdminUp, m.PortSecurity, m.External, m.Transparent = types.BoolValue(n.AdminUp), types.BoolValue(!n.Insecure),
		types.BoolValue(n.External), types.BoolValue(n.Trunk)
	if m.Shared.IsNull() || m.Shared.IsUnknown() {
		m.Shared = types.BoolValue(false)
	}
	if m.MTU.IsNull() || m.MTU.IsUnknown() || n.MTU != 0 && n.MTU < m.MTU.ValueInt64() {
		m.MTU = types.Int64Value(n.MTU)
	}
	m.DNSDomain, m.QoSPolicyID = crud.KeepEmpty(m.DNSDomain, n.DNSDomain), crud.KeepEmpty(m.QoSPolicyID, n.QoSPolicyID)
	m.observeSegments(n)
	return m
}
