// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// Port is the resource of a port: a connection to a network, with its addresses.
var Port = crud.Resource[sdn.Backend, portModel]{
	Name: "networking_port", Schema: portSchema, Check: checkPort, Plan: planPort, PlanUnconfigured: planPort,
	Create: createPort, Read: readPort, Update: updatePort, Delete: deletePort, Import: importPort,
	Moves: portMoves, Locate: locatePort, Adopt: adoptPort,
	Timeouts: func(m *portModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type portRequest = *crud.Request[sdn.Backend, portModel]

func portSchema(ctx context.Context) schema.Schema {
	chosen := func(text string, more ...planmodifier.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true,
			PlanModifiers: append([]planmodifier.String{stringplanmodifier.UseStateForUnknown()}, more...)}
	}
	attributes := common("port")
	attributes["network_id"] = schema.StringAttribute{MarkdownDescription: "The id of the network. A change replaces the port.",
		Required: true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(otherNetwork, "Another network replaces the port.",
			"Another network replaces the port.")}}
	attributes["mac_address"] = chosen("The MAC address. Unset: one of VMware's range for addresses that are set by hand, "+
		"`00:50:56:00:00:00` to `00:50:56:3f:ff:ff`, that no other port of the network has. A change replaces the port.",
		stringplanmodifier.RequiresReplaceIfConfigured())
	attributes["device_id"] = chosen("The id of the instance that the port is plugged into; whoever plugs it writes it.",
		stringplanmodifier.RequiresReplaceIfConfigured())
	named := chosen("The host name of whoever has the port.")
	named.Validators = []validator.String{crud.Within(&openstack.DNSName)}
	attributes["dns_name"] = named
	attributes["admin_state_up"] = flag("`false`: nothing passes the port, plugged in or not. The switch's own port is blocked, or NSX's "+
		"is down, in place.", true)
	attributes["port_security_enabled"] = schema.BoolAttribute{MarkdownDescription: "`false` lets the guest send from and receive for MAC " +
		"addresses that are not its own, as a virtual router must; `true` does not, whatever the network says, and on a segment of NSX lets " +
		"only its IP addresses pass, too (spoof guard). Unset: as the network says, and a value that was written once stays. Changed in " +
		"place.", Optional: true, Computed: true,
		PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseNonNullStateForUnknown()}} // an older state has null
	attributes["no_fixed_ip"] = schema.BoolAttribute{MarkdownDescription: "`true`: the port has no address.", Optional: true}
	attributes["all_fixed_ips"] = schema.ListAttribute{MarkdownDescription: "The addresses, sorted as texts, as Neutron answers them.",
		Computed: true, ElementType: types.StringType}
	attributes["security_group_ids"] = schema.SetAttribute{MarkdownDescription: "The ids of the port's security groups. Unset: none, and " +
		"nothing is filtered, or with the provider's `security_groups = \"nsx\"` or `\"physical\"` the project's group `default`, as in " +
		"OpenStack. With `nsx` a port on a distributed switch can have none, and one on NSX has 26 at most. Changed in " +
		"place.", Optional: true, ElementType: types.StringType}
	attributes["no_security_groups"] = schema.BoolAttribute{MarkdownDescription: "`true`: the port has no security group.", Optional: true}
	attributes["all_security_group_ids"] = schema.SetAttribute{MarkdownDescription: "The ids of all its security groups, those of " +
		"`networking_port_secgroup_associate` among them.", Computed: true, ElementType: types.StringType}
	attributes["effective_rules"] = schema.ListAttribute{MarkdownDescription: "What the switch or NSX does with the port's packets, or with " +
		"`security_groups = \"physical\"` what a firewall has to do with them, as far as it is recorded: the rules that follow from its " +
		"groups, in the order in which they are asked, as they are in force where the port is plugged in, else as they will be. " +
		"The first that fits decides; then the limits of its own QoS policy. Where they are not what the groups say, a warning of the plan " +
		"shows the difference and the apply sets " +
		"them. Empty without groups and policy. Rules and members that the same apply makes after the port show when it is read next, so an " +
		"output of " +
		"them settles one plan later. Not in OpenStack.", Computed: true, ElementType: types.StringType}
	maps.Copy(attributes, portExtraAttributes())
	return schema.Schema{
		MarkdownDescription: "A place on a network: a MAC address and fixed IP addresses, claimed beside the network in one act, so that no " +
			"two ports ever have the same. It outlives the instance that is plugged in. On a segment of NSX it is a segment port, which is made " +
			"before the NIC. A `moved` block makes one of an `openstack_networking_port_v2`: it keeps its id, MAC and addresses, and is recorded " +
			"here at its first change.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"fixed_ip":              fixedIPBlock(),
			"allowed_address_pairs": allowedPairBlock(),
			"extra_dhcp_option":     extraDHCPOptionBlock(),
			"timeouts":              timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true}),
		},
	}
}

func allowedPairBlock() schema.SetNestedBlock {
	return schema.SetNestedBlock{MarkdownDescription: "An address that the guest may use besides its own: one that " +
		"several guests share (VRRP), or a network behind it. Changed in place. The switch knows addresses from security groups only; " +
		"without them any IP address may be used in any case. In NSX they are address bindings.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"ip_address": schema.StringAttribute{MarkdownDescription: "An address, or a range in CIDR form.", Required: true},
			"mac_address": schema.StringAttribute{MarkdownDescription: "A MAC address that goes with it. Unset: the port's own. Another one " +
				"lets the port send from any MAC address and change its own, because the switch has no list of them; " +
				"frames to an address that no card has reach it with `port_security_enabled = false` only.", Optional: true}}}}
}

func fixedIPBlock() schema.ListNestedBlock {
	return schema.ListNestedBlock{MarkdownDescription: "An address. A block with nothing in it asks for none: a port whose only " +
		"block it is has no address, as with `no_fixed_ip`. Without a block the port gets one of the network's first subnet of each IP " +
		"version; on a network without subnets it has none. Changed in place: an instance that has the port learns of it when it is next " +
		"changed itself.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"subnet_id": schema.StringAttribute{MarkdownDescription: "The subnet. Unset: the one that has `ip_address`.", Optional: true},
			"ip_address": schema.StringAttribute{MarkdownDescription: "The address. Unset: one of the subnet's pools, chosen at random among " +
				"the first ten that are free.", Optional: true}}}}
}

// checkPort refuses what no port of any network can have.
func checkPort(m portModel) error {
	if mac := m.MAC.ValueString(); mac != "" {
		normal, err := sdn.NormalMAC(mac)
		switch {
		case err != nil:
			return openstack.AttributeErrorf("mac_address", "%w", err)
		case normal != mac:
			return openstack.AttributeErrorf("mac_address", "%s is written as %s", mac, normal)
		}
	}
	blocks, seen := m.fixedIPs(), map[string]bool{}
	for i, ip := range blocks {
		err, address := checkFixedIP(ip), ip.Address.ValueString()
		if err == nil && seen[address] {
			err = fmt.Errorf("%s is asked for twice", address)
		}
		if err != nil {
			return openstack.AttributeErrorf(fmt.Sprintf("fixed_ip[%d]", i), "%w", err)
		}
		seen[address] = address != ""
	}
	if m.NoFixedIP.ValueBool() && len(blocks) > 0 {
		return openstack.AttributeErrorf("no_fixed_ip", "it contradicts fixed_ip: write only one of them")
	}
	if err := m.checkExtras(); err != nil {
		return err
	}
	return m.checkPairs()
}

// planPort refuses what cannot be claimed, and plans the known addresses.
func planPort(ctx context.Context, req portRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	plan.planCommon(ctx)
	if plan.DNSName.IsUnknown() && req.Config.DNSName.IsNull() {
		plan.DNSName = types.StringValue("")
	}
	if err := checkPort(plan.asWritten(state)); err != nil {
		return err
	}
	if err := plan.planGroups(ctx, backend, *req.Config, state); err != nil {
		return err
	}
	if plan.QoSPolicyID.IsUnknown() && req.Config.QoSPolicyID.IsNull() {
		plan.QoSPolicyID = types.StringNull()
	}
	if backend != nil && crud.Known(plan.NetworkID, plan.AdminUp, plan.AllGroups) {
		want := plan.secured(ctx, backend, state).wish().Port
		if state != nil && state.QoSPolicyID.Equal(plan.QoSPolicyID) {
			want.QoSPolicyID = "" // it has it, or a policy that is moved with it may not be recorded yet
		}
		anew := state == nil || !plan.AllGroups.Equal(state.AllGroups) || !plan.PortSecurity.Equal(state.PortSecurity)
		if hasDefaults(backend) && anew { // a network that becomes open leaves its ports their default group
			want.Groups = crud.Strings(plan.AllGroups)
		}
		if err := backend.CheckPort(ctx, want); err != nil {
			return err
		}
	}
	plan.planAddresses(plan.wanted(), state)
	if err := plan.planClaim(ctx, backend, state); err != nil {
		return err
	}
	plan.planExtras(ctx, backend, *req.Config, state)
	return plan.planEffective(ctx, backend, state)
}

// planClaim refuses addresses and a MAC that another port has or is planned to have. An existing port keeps its own.
func (m portModel) planClaim(ctx context.Context, backend sdn.Backend, state *portModel) error {
	if backend == nil || !crud.Known(m.NetworkID) {
		return nil
	}
	w, ports := m.wish(), backend.Planned().Ports
	switch {
	case state == nil:
		if err := backend.CheckClaim(ctx, w); err != nil {
			return err
		}
	case !state.NetworkID.Equal(m.NetworkID) || !m.MAC.IsUnknown() && !state.MAC.Equal(m.MAC):
		ports.Replace(state.ID.ValueString())
		w.ID = ""
		return backend.CheckClaim(ctx, w)
	case state.FixedIPs.Equal(m.FixedIPs):
		w.FixedIPs = nil
		for _, address := range texts(state.AllFixedIPs) {
			w.FixedIPs = append(w.FixedIPs, openstack.FixedIP{Address: address})
		}
	default:
		if err := backend.CheckClaim(ctx, w); err != nil {
			return err
		}
	}
	ports.Expect(w.Port)
	return nil
}

func checkFixedIP(ip fixedIPModel) error {
	if !crud.Known(ip.Address, ip.SubnetID) {
		return nil
	}
	if ip.Address.ValueString() == "" {
		return nil
	}
	at, err := netip.ParseAddr(ip.Address.ValueString())
	if err != nil {
		return fmt.Errorf("%q is not an IP address", ip.Address.ValueString())
	}
	if at.String() != ip.Address.ValueString() {
		return fmt.Errorf("%s is written as %s", ip.Address.ValueString(), at)
	}
	return nil
}

// planAddresses keeps the addresses where no others are requested, and plans them where all are written.
func (m *portModel) planAddresses(blocks []fixedIPModel, state *portModel) {
	if state != nil && state.FixedIPs.Equal(m.FixedIPs) && state.NoFixedIP.ValueBool() == m.NoFixedIP.ValueBool() &&
		(state.NetworkID.Equal(m.NetworkID) || neutronID(state.NetworkID.ValueString())) {
		m.AllFixedIPs = textList(slices.Sorted(slices.Values(texts(state.AllFixedIPs))))
		return
	}
	var all []string
	for _, ip := range blocks {
		if !crud.Known(ip.Address) || ip.Address.ValueString() == "" {
			m.AllFixedIPs = types.ListUnknown(types.StringType)
			return
		}
		all = append(all, ip.Address.ValueString())
	}
	slices.Sort(all)
	if m.AllFixedIPs = textList(all); len(blocks) == 0 && !m.bare() {
		m.AllFixedIPs = types.ListUnknown(types.StringType)
	}
}

func createPort(ctx context.Context, req portRequest) (*portModel, error) {
	backend, m := req.Client, *req.Plan
	w := m.wish()
	defer func(planned openstack.Port) { backend.Planned().Ports.Done(planned) }(w.Port)
	if w.Groups = crud.Strings(m.AllGroups); !crud.Known(m.AllGroups) {
		w.Groups = crud.Strings(m.firstGroups(ctx, backend))
	}
	if coming, _ := backend.Planned().Subnets.New(w.NetworkID); !w.NoFixedIP && len(coming)+len(w.FixedIPs) > 0 {
		if _, err := sdn.AwaitSubnets(ctx, backend, w.NetworkID, w.FixedIPs); err != nil {
			return nil, err
		}
	}
	p, err := backend.CreatePort(ctx, w)
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return nil, err
	}
	made, failed := m.with(p).securedBy(ctx, backend, p).filtered(ctx, backend, p)
	return &made, cmp.Or(failed, err)
}

func readPort(ctx context.Context, req portRequest) (*portModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().Ports.Read(m.ID.ValueString())
	p, err := backend.Port(ctx, m.NetworkID.ValueString(), m.ID.ValueString())
	if err != nil {
		return nil, err
	}
	return crud.Result(m.with(p).bound(p).securedBy(ctx, backend, p).filtered(ctx, backend, p))
}

func updatePort(ctx context.Context, req portRequest) (*portModel, error) {
	backend, plan, state := req.Client, *req.Plan, *req.State
	again := !plan.FixedIPs.Equal(state.FixedIPs) || plan.NoFixedIP.ValueBool() != state.NoFixedIP.ValueBool()
	p, err := backend.UpdatePort(ctx, state.NetworkID.ValueString(), state.ID.ValueString(), func(w *sdn.PortRequest) error {
		want := plan.wish()
		w.Name, w.Description, w.Tags, w.Down, w.DNSName, w.Owner = want.Name, want.Description, want.Tags, want.Down, want.DNSName, want.Owner
		w.QoSPolicyID, w.DHCPOptions, w.Binding = want.QoSPolicyID, want.DHCPOptions, want.Binding
		if !plan.PortSecurity.Equal(state.PortSecurity) {
			w.Insecure = want.Insecure
		}
		if w.AllowedPairs = want.AllowedPairs; plan.writesGroups(backend, state) {
			w.Groups = want.Groups
		}
		if again {
			w.FixedIPs, w.NoFixedIP = keepAddresses(want.FixedIPs, w.FixedIPs), want.NoFixedIP
		}
		return nil
	})
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return crud.Result(plan.with(p), err)
	}
	now, failed := plan.refilter(ctx, backend, state, p)
	return crud.Result(now, cmp.Or(failed, err))
}

// keepAddresses gives a block that only names a subnet the address that the port already has there.
func keepAddresses(want, have []openstack.FixedIP) []openstack.FixedIP {
	have = slices.DeleteFunc(slices.Clone(have), func(h openstack.FixedIP) bool {
		return slices.ContainsFunc(want, func(w openstack.FixedIP) bool { return w.Address == h.Address })
	})
	out := slices.Clone(want)
	for i := range out {
		at := slices.IndexFunc(have, func(h openstack.FixedIP) bool { return h.SubnetID == out[i].SubnetID })
		if out[i].Address == "" && at >= 0 {
			out[i].Address = have[at].Address
			have = slices.Delete(have, at, at+1)
		}
	}
	return out
}

func deletePort(ctx context.Context, req portRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeletePort(ctx, m.NetworkID.ValueString(), m.ID.ValueString())
}

// importPort accepts a port's id. Its addresses are in all_fixed_ips; blocks that ask for the same are added without a change.
func importPort(ctx context.Context, req portRequest) (*portModel, error) {
	backend, id := req.Client, req.ID
	m := portModel{Timeouts: noTimeouts(), FixedIPs: fixedIPList(nil), GroupIDs: types.SetNull(types.StringType), Pairs: pairSet(nil)}
	p, err := backend.FindPort(ctx, strings.ToLower(id))
	if err != nil {
		return nil, err
	}
	return crud.Result(m.with(p).securedBy(ctx, backend, p).filtered(ctx, backend, p))
}
