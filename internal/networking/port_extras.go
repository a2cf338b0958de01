package networking

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// portExtras holds arguments of Neutron's ports that a switch has no use for: they are stored or shown, without effect.
type portExtras struct {
	DeviceOwner   types.String `tfsdk:"device_owner"`
	Binding       types.List   `tfsdk:"binding"`
	DHCPOptions   types.Set    `tfsdk:"extra_dhcp_option"`
	DNSAssignment types.List   `tfsdk:"dns_assignment"`
	QoSPolicyID   types.String `tfsdk:"qos_policy_id"`
}

var (
	bindingType = types.ObjectType{AttrTypes: map[string]attr.Type{"host_id": types.StringType, "profile": types.StringType,
		"vnic_type": types.StringType, "vif_type": types.StringType, "vif_details": types.MapType{ElemType: types.StringType}}}
	dhcpOptionType = types.ObjectType{AttrTypes: map[string]attr.Type{"name": types.StringType, "value": types.StringType,
		"ip_version": types.Int64Type}}
	dnsAssignmentType = types.MapType{ElemType: types.StringType}
)

// normalBinding is the binding of every port, as far as can be known.
var normalBinding = types.ListValueMust(bindingType, []attr.Value{types.ObjectValueMust(bindingType.AttrTypes, map[string]attr.Value{
	"host_id": types.StringValue(""), "profile": types.StringValue("{}"), "vnic_type": types.StringValue(normalNIC),
	"vif_type": types.StringValue(""), "vif_details": types.MapValueMust(types.StringType, map[string]attr.Value{})})})

const (
	normalNIC = "normal"       // a virtual NIC, as opposed to a device passed through from the host
	byCompute = "compute:nova" // the owner of a port that an instance has
)

func portExtraAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"device_owner": schema.StringAttribute{MarkdownDescription: "Who has the port: kept as it is written. Unset: `" + byCompute +
			"` while an instance has it, else empty.", Optional: true, Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"binding": schema.ListAttribute{MarkdownDescription: "May be written as a block: `binding { vnic_type = \"normal\" }`. Without " +
			"effect: every NIC is a virtual one, of the model that the image's property `hw_vif_model` says; " +
			"another `vnic_type` than `normal` is a warning.", Optional: true, Computed: true, ElementType: bindingType,
			PlanModifiers: []planmodifier.List{listplanmodifier.UseStateForUnknown()}},
		"dns_assignment": schema.ListAttribute{MarkdownDescription: "`hostname`, `fqdn` and `ip_address` of each address, where `dns_name` is " +
			"set. Nobody publishes the names.", Computed: true, ElementType: dnsAssignmentType},
		"qos_policy_id": crud.WithoutEffect("there are no QoS policies. A flavor's extra specs `quota:vif_*` limit what the NICs of an " +
			"instance send."),
	}
}

func extraDHCPOptionBlock() schema.Block {
	return schema.SetNestedBlock{MarkdownDescription: "An option for a DHCP server. Without effect, with a warning: a vCenter serves no " +
		"DHCP, and whoever serves it on the network is told nothing.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"name":       schema.StringAttribute{MarkdownDescription: "The option's name.", Required: true},
			"value":      schema.StringAttribute{MarkdownDescription: "The option's value.", Required: true},
			"ip_version": schema.Int64Attribute{MarkdownDescription: "`4` or `6`.", Optional: true},
		}}}
}

// planExtras plans the extras, and warns once about those without effect. The addresses must be planned before.
func (m *portModel) planExtras(ctx context.Context, backend sdn.Backend, state *portModel) {
	if m.DeviceOwner.IsUnknown() && state == nil && crud.Known(m.DeviceID) {
		m.DeviceOwner = types.StringValue(deviceOwner(openstack.Port{DeviceID: m.DeviceID.ValueString()}))
	}
	if m.Binding.IsUnknown() && (state == nil || state.Binding.IsNull()) {
		m.Binding = normalBinding
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
	if len(m.DHCPOptions.Elements()) > 0 {
		crud.WarnOnce(ctx, backend.Planned(), "DHCP options reach no guest",
			"extra_dhcp_option has no effect: a vCenter serves no DHCP, and a server on the network is told nothing. Set the option there; "+
				"routes and name servers are told by the subnet (host_route, dns_nameservers)")
	}
	for _, binding := range m.Binding.Elements() {
		of, _ := binding.(types.Object)
		if nic, _ := of.Attributes()["vnic_type"].(types.String); nic.ValueString() != "" && nic.ValueString() != normalNIC {
			crud.WarnOnce(ctx, backend.Planned(), "Every NIC is a virtual one", "binding asks for a NIC of the type "+nic.ValueString()+
				", and has no effect: every NIC is a virtual one, of the model that the image's property hw_vif_model says")
		}
	}
	warnQoS(ctx, backend, m.QoSPolicyID)
}

// warnQoS warns once that QoS policies have no effect.
func warnQoS(ctx context.Context, backend sdn.Backend, policy types.String) {
	if backend != nil && policy.ValueString() != "" {
		crud.WarnOnce(ctx, backend.Planned(), "QoS policies have no effect",
			"qos_policy_id limits nothing: there are no QoS policies. A flavor's extra specs quota:vif_limit, quota:vif_reservation and "+
				"quota:vif_shares_level say what each NIC of an instance may send")
	}
}

// withExtras sets the extras from a port.
func (m portModel) withExtras(p openstack.Port) portModel {
	m.DeviceOwner = types.StringValue(deviceOwner(p))
	if m.Binding.IsNull() || m.Binding.IsUnknown() {
		m.Binding = normalBinding
	}
	if m.DHCPOptions.IsNull() {
		m.DHCPOptions = types.SetNull(dhcpOptionType)
	}
	addresses := make([]string, len(p.FixedIPs))
	for i, ip := range p.FixedIPs {
		addresses[i] = ip.Address
	}
	m.DNSAssignment = dnsAssignment(p.DNSName, addresses)
	return m
}

// recordedOwner returns the device_owner to record: none if it only states that an instance has the port, which may change.
func (m portModel) recordedOwner() string {
	if owner := m.DeviceOwner.ValueString(); owner != byCompute {
		return owner
	}
	return ""
}

func deviceOwner(p openstack.Port) string {
	if p.DeviceID != "" {
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
