// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// portExtras holds what Neutron's ports have beside addresses and security.
type portExtras struct {
	DeviceOwner   types.String `tfsdk:"device_owner"`
	Binding       types.List   `tfsdk:"binding"`
	DHCPOptions   types.Set    `tfsdk:"extra_dhcp_option"`
	DNSAssignment types.List   `tfsdk:"dns_assignment"`
	QoSPolicyID   types.String `tfsdk:"qos_policy_id"`
}

type bindingModel struct {
	HostID   types.String `tfsdk:"host_id"`
	Profile  types.String `tfsdk:"profile"`
	VNICType types.String `tfsdk:"vnic_type"`
	VIFType  types.String `tfsdk:"vif_type"`
	Details  types.Map    `tfsdk:"vif_details"`
}

type dhcpOptionModel struct {
	Name    types.String `tfsdk:"name"`
	Value   types.String `tfsdk:"value"`
	Version types.Int64  `tfsdk:"ip_version"`
}

var (
	bindingType = types.ObjectType{AttrTypes: map[string]attr.Type{"host_id": types.StringType, "profile": types.StringType,
		"vnic_type": types.StringType, "vif_type": types.StringType, "vif_details": types.MapType{ElemType: types.StringType}}}
	dhcpOptionType = types.ObjectType{AttrTypes: map[string]attr.Type{"name": types.StringType, "value": types.StringType,
		"ip_version": types.Int64Type}}
	dnsAssignmentType = types.MapType{ElemType: types.StringType}
)

const (
	normalNIC  = "normal"       // a virtual NIC, as opposed to a device passed through from the host
	byCompute  = "compute:nova" // the owner of a port that an instance has
	vifDVS     = "dvs"          // the type of the binding of a port that is plugged into a distributed switch
	vifUnbound = "unbound"
)

func portExtraAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"device_owner": schema.StringAttribute{MarkdownDescription: "Who has the port: kept as it is written. Unset: `" + byCompute +
			"` while an instance has it, `" + openstack.TrunkSubPort + "` while it is a sub port of a trunk, else empty.", Optional: true,
			Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"binding": schema.ListAttribute{MarkdownDescription: "May be written as a block: `binding { vnic_type = \"normal\" }`. `host_id` and " +
			"`profile` are recorded, without effect. Every NIC is a virtual one, so another `vnic_type` than `normal` is an error of the plan: " +
			"the image's property `hw_vif_model` says which model it is (`sriov` for one that is passed through). Unset: `vif_type` is `" +
			vifDVS + "` while an instance has the port, with the key of the switch's port and the portgroup in `vif_details`, else `" +
			vifUnbound + "`.", Optional: true, Computed: true, ElementType: bindingType,
			PlanModifiers: []planmodifier.List{listplanmodifier.UseStateForUnknown()}},
		"dns_assignment": schema.ListAttribute{MarkdownDescription: "`hostname`, `fqdn` and `ip_address` of each address, where `dns_name` is " +
			"set. Nobody publishes the names.", Computed: true, ElementType: dnsAssignmentType},
		"qos_policy_id": schema.StringAttribute{MarkdownDescription: "The id of the port's QoS policy, which wins over its network's. Unset or " +
			"empty: none of its own; as in OpenStack, taking the argument out changes nothing. It is in force from the first packet, and changed " +
			"in place.", Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
	}
}

func extraDHCPOptionBlock() schema.Block {
	return schema.SetNestedBlock{MarkdownDescription: "An option for a DHCP server. A vCenter serves no DHCP, and whoever serves it on the " +
		"network is told nothing. A guest with static addresses is told these by its network configuration instead, when it is made: `mtu` " +
		"(26), `dns-server` (6, for IPv6 23), `router` (3), `domain-name` and `domain-search` (15, 119, 24: the first domain) and " +
		"`classless-static-route` (121). Any other is recorded, with a warning. Changed in place.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"name":  schema.StringAttribute{MarkdownDescription: "The option's name, as dnsmasq has it, or its number.", Required: true},
			"value": schema.StringAttribute{MarkdownDescription: "The option's value; several are divided by commas.", Required: true},
			"ip_version": schema.Int64Attribute{MarkdownDescription: "`4`, the default, or `6`.", Optional: true, Computed: true,
				Default: int64default.StaticInt64(4), Validators: []validator.Int64{int64validator.OneOf(4, 6)}},
		}}}
}

// checkExtras refuses options and a binding that no port can have.
func (m portModel) checkExtras() error {
	options := m.options()
	for i, o := range options {
		if _, err := sdn.CheckDHCPOption(o); err != nil {
			return openstack.AttributeErrorf("extra_dhcp_option", "%w", err)
		}
		if i > 0 && o == options[i-1] {
			return openstack.AttributeErrorf("extra_dhcp_option", "%s = %q (IPv%d) is written twice: remove a block", o.Name, o.Value, o.Version)
		}
	}
	if m.Binding.IsUnknown() {
		return nil
	}
	for _, b := range crud.Elements[bindingModel](m.Binding) {
		if nic := b.VNICType.ValueString(); nic != "" && nic != normalNIC {
			return openstack.AttributeErrorf("binding", "vnic_type is %q, and every NIC here is a virtual one: write vnic_type = \"normal\". "+
				"Which model it is says the image's property hw_vif_model: hw_vif_model = \"sriov\" passes a device through", nic)
		}
		var profile map[string]any
		if text := b.Profile.ValueString(); text != "" && json.Unmarshal([]byte(text), &profile) != nil {
			return openstack.AttributeErrorf("binding", "profile is not a JSON object: write it with jsonencode({ ... })")
		}
	}
	return nil
}

// planExtras plans the extras, and warns once about those without effect. The addresses must be planned before.
func (m *portModel) planExtras(ctx context.Context, backend sdn.Backend, config portModel, state *portModel) {
	if m.DeviceOwner.IsUnknown() && config.DeviceOwner.IsNull() && state == nil && crud.Known(m.DeviceID) {
		m.DeviceOwner = types.StringValue(deviceOwner(openstack.Port{DeviceID: m.DeviceID.ValueString()}))
	}
	if m.Binding.IsUnknown() && config.Binding.IsNull() && (state == nil || state.Binding.IsNull()) {
		m.Binding = bindingOf(openstack.Port{})
	}
	switch {
	case state != nil && m.DNSName.Equal(state.DNSName) && m.AllFixedIPs.Equal(state.AllFixedIPs):
		m.DNSAssignment = state.DNSAssignment
	case crud.Known(m.DNSName, m.AllFixedIPs):
		m.DNSAssignment = dnsAssignment(m.DNSName.ValueString(), texts(m.AllFixedIPs))
	default:
		m.DNSAssignment = types.ListUnknown(dnsAssignmentType)
	}
	if backend == nil {
		return
	}
	var unheard []string
	for _, o := range m.options() {
		if told, _ := sdn.CheckDHCPOption(o); !told && o.Name != "" {
			unheard = append(unheard, o.Name)
		}
	}
	if len(unheard) > 0 {
		crud.WarnOnce(ctx, backend.Planned(), "DHCP options reach no guest", "extra_dhcp_option of "+strings.Join(unheard, ", ")+
			" is recorded, and reaches no guest: a vCenter serves no DHCP, a server on the network is told nothing, and the guest's network "+
			"configuration has no place for it. Set the option at that server")
	}
}

// options returns the DHCP options as far as they are known, sorted, because a set has no order.
func (m portModel) options() (out []openstack.DHCPOption) {
	if m.DHCPOptions.IsUnknown() {
		return nil
	}
	for _, o := range crud.Elements[dhcpOptionModel](m.DHCPOptions) {
		if crud.Known(o.Name, o.Value, o.Version) {
			out = append(out, openstack.DHCPOption{Name: o.Name.ValueString(), Value: o.Value.ValueString(),
				Version: cmp.Or(o.Version.ValueInt64(), 4)})
		}
	}
	slices.SortFunc(out, func(a, b openstack.DHCPOption) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value), cmp.Compare(a.Version, b.Version))
	})
	return out
}

func optionSet(options []openstack.DHCPOption) types.Set {
	out := make([]attr.Value, len(options))
	for i, o := range options {
		out[i] = types.ObjectValueMust(dhcpOptionType.AttrTypes, map[string]attr.Value{"name": types.StringValue(o.Name),
			"value": types.StringValue(o.Value), "ip_version": types.Int64Value(o.Version)})
	}
	return types.SetValueMust(dhcpOptionType, out)
}

// bindingAsWritten returns what to record of the binding; nil where none is written. A computed one always has a type.
func (m portModel) bindingAsWritten() *openstack.Binding {
	if m.Binding.IsUnknown() {
		return nil
	}
	for _, b := range crud.Elements[bindingModel](m.Binding) {
		if b.VIFType.IsNull() {
			return &openstack.Binding{HostID: b.HostID.ValueString(), Profile: b.Profile.ValueString(), VNICType: b.VNICType.ValueString()}
		}
	}
	return nil
}

// bindingOf returns the binding of a port: as it was written, or else what is known of it.
func bindingOf(p openstack.Port) types.List {
	if w := p.Binding; w != nil {
		return types.ListValueMust(bindingType, []attr.Value{types.ObjectValueMust(bindingType.AttrTypes, map[string]attr.Value{
			"host_id": crud.KeepEmpty(types.StringNull(), w.HostID), "profile": crud.KeepEmpty(types.StringNull(), w.Profile),
			"vnic_type": crud.KeepEmpty(types.StringNull(), w.VNICType), "vif_type": types.StringNull(),
			"vif_details": types.MapNull(types.StringType)})})
	}
	kind, details := vifUnbound, map[string]attr.Value{}
	if p.SwitchPort != "" {
		kind = vifDVS
		details["dvs_port_key"], details["pg_id"] = types.StringValue(p.SwitchPort), types.StringValue(p.NetworkID)
	}
	return types.ListValueMust(bindingType, []attr.Value{types.ObjectValueMust(bindingType.AttrTypes, map[string]attr.Value{
		"host_id": types.StringValue(""), "profile": types.StringValue("{}"), "vnic_type": types.StringValue(normalNIC),
		"vif_type": types.StringValue(kind), "vif_details": types.MapValueMust(types.StringType, details)})})
}

// bound returns the model with the binding of an observed port, where its configuration writes none. An empty list is written: a dynamic
// block leaves it that makes no block.
func (m portModel) bound(p openstack.Port) portModel {
	empty := !m.Binding.IsNull() && len(m.Binding.Elements()) == 0
	if m.bindingAsWritten() == nil && p.Binding == nil && !empty {
		m.Binding = bindingOf(p)
	}
	return m
}

// withExtras sets the extras from a port. What is planned of the binding stays.
func (m portModel) withExtras(p openstack.Port) portModel {
	m.DeviceOwner, m.QoSPolicyID = types.StringValue(deviceOwner(p)), crud.KeepEmpty(m.QoSPolicyID, p.QoSPolicyID)
	if m.Binding.IsNull() || m.Binding.IsUnknown() {
		m.Binding = bindingOf(p)
	}
	m.DHCPOptions = optionSet(p.DHCPOptions)
	addresses := make([]string, len(p.FixedIPs))
	for i, ip := range p.FixedIPs {
		addresses[i] = ip.Address
	}
	m.DNSAssignment = dnsAssignment(p.DNSName, addresses)
	return m
}

// recordedOwner returns the device_owner to record: none if it only states that an instance or a trunk has the port, which may change.
func (m portModel) recordedOwner() string {
	if owner := m.DeviceOwner.ValueString(); owner != byCompute && owner != openstack.TrunkSubPort {
		return owner
	}
	return ""
}

func deviceOwner(p openstack.Port) string {
	switch {
	case p.SubPort:
		return cmp.Or(p.Owner, openstack.TrunkSubPort)
	case p.DeviceID != "":
		return cmp.Or(p.Owner, byCompute)
	}
	return p.Owner
}

func dnsAssignment(name string, addresses []string) types.List {
	out := []attr.Value{}
	for _, address := range addresses {
		if name != "" {
			out = append(out, types.MapValueMust(types.StringType, map[string]attr.Value{
				"hostname": types.StringValue(name), "fqdn": types.StringValue(name), "ip_address": types.StringValue(address)}))
		}
	}
	return types.ListValueMust(dnsAssignmentType, out)
}
