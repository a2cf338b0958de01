// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// defaultAccount is the account that every ESX host has.
const defaultAccount = "root"

// sha1Print matches a thumbprint in the vSphere API's form.
var sha1Print = regexp.MustCompile(`^([0-9A-Fa-f]{2}:){19}[0-9A-Fa-f]{2}$`)

func computeNodeSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "An ESX host as a compute node. Creating one adds the host to a cluster; destroying it puts the host into " +
			"maintenance, takes it off its switches and out of the vCenter, in this order. Virtual machines that do not leave it are named, and " +
			"nothing is removed. A host that does not answer is shown with `state` `down`, and neither made anew nor forgotten. One that is in " +
			"the vCenter already is never taken over: the error shows the `import` block. One that is replaced goes before it comes again, so " +
			"`create_before_destroy` is refused, and a tainted one is planned where it was read (without `-refresh=false`). Instances and " +
			"aggregates of the same configuration may name a host that is planned: let them refer to its `hostname`, so that it comes first. Who " +
			"added it, its tags and the reason of its maintenance are kept in its custom attribute `novasphere.node`, because the catalogue needs " +
			"a host to live on. None of it has been tried on a real vCenter and real ESX hosts.",
		Attributes: computeNodeAttributes(),
		Blocks: map[string]schema.Block{
			"distributed_switch": schema.SetNestedBlock{MarkdownDescription: "A distributed switch that the host is a member of. With any such " +
				"block the host is a member of exactly those that are written, and it leaves its switches when the last block goes; where there " +
				"never was one, as after an import, they are left alone. Changes to one switch go one at a time, under its configuration's version. " +
				"An adapter that carries a vmkernel interface is refused: moving the interface along is not done by this version.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"switch": schema.StringAttribute{MarkdownDescription: "The switch's name or UUID.", Required: true},
					"adapters": schema.SetAttribute{MarkdownDescription: "The host's physical adapters that are its uplinks there, for example " +
						"`vmnic1`. The vCenter chooses the uplink of each.", Optional: true, ElementType: types.StringType},
				}}},
			"timeouts": timeouts.Block(ctx, nodeTimeouts),
		},
	}
}

func computeNodeAttributes() map[string]schema.Attribute {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	shown := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Computed: true}
	}
	flag := func(text string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: text, Optional: true, Computed: true, Default: booldefault.StaticBool(false)}
	}
	return map[string]schema.Attribute{
		"id":     schema.StringAttribute{MarkdownDescription: "The host's managed object id.", Computed: true, PlanModifiers: keep},
		"region": crud.Region(),
		"hostname": schema.StringAttribute{MarkdownDescription: "The host's DNS name or address, under which the vCenter reaches and shows it.",
			Required: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 255)},
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"username": schema.StringAttribute{MarkdownDescription: "The account with which the vCenter gets into the host. It is used when the " +
			"host is added or connected again; in between the vCenter has an account of its own there.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultAccount)},
		"password": schema.StringAttribute{MarkdownDescription: "The account's password, which the state holds. `password_wo` is kept nowhere.",
			Optional: true, Sensitive: true,
			Validators: []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("password_wo"))}},
		"password_wo": schema.StringAttribute{MarkdownDescription: "As `password`, but never kept in plan or state. Needs Terraform " +
			"1.11 or OpenTofu 1.11.", Optional: true, Sensitive: true, WriteOnly: true},
		"password_wo_version": schema.Int64Attribute{MarkdownDescription: "Another number says that `password_wo` is another one. Where the " +
			"host is not connected it is then connected again with it.", Optional: true},
		"thumbprint": schema.StringAttribute{MarkdownDescription: "The SHA-1 thumbprint of the host's certificate, as the vSphere API wants " +
			"it: 20 pairs of hexadecimal digits with colons between them. It is needed unless an authority that the vCenter knows has signed the " +
			"certificate; an error shows the one that the host presents.",
			Optional: true, Computed: true, PlanModifiers: keep,
			Validators: []validator.String{stringvalidator.RegexMatches(sha1Print,
				"must be a SHA-1 thumbprint, 20 pairs of hexadecimal digits with colons between them: the vSphere API knows no other")}},
		"trust_on_first_use": schema.BoolAttribute{MarkdownDescription: "`true` trusts whatever certificate the host presents when it is " +
			"added. The plan shows its thumbprint.", Optional: true},
		"cluster": schema.StringAttribute{MarkdownDescription: "The cluster's name or id. Unset: the provider's. A change moves " +
			"the host, which it is emptied for.", Optional: true, Computed: true, PlanModifiers: keep},
		"cluster_id": schema.StringAttribute{MarkdownDescription: "The cluster's managed object id.", Computed: true,
			PlanModifiers: keep},
		"status": schema.StringAttribute{MarkdownDescription: "`enabled`, or `disabled`: in maintenance. DRS moves the host's VMs away where " +
			"it is on; others must be moved or stopped by somebody, which is waited for as long as `timeouts` allows. An error names those that " +
			"hold it up, and the host works on.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(openstack.Enabled),
			Validators: []validator.String{stringvalidator.OneOf(openstack.Enabled, openstack.Disabled)}},
		"disabled_reason": schema.StringAttribute{MarkdownDescription: "Why it is disabled. For people.", Optional: true},
		"evacuate_powered_off": flag("Whether VMs that are off leave a host that is disabled, too. When the host is removed they always have " +
			"to."),
		"license_key": schema.StringAttribute{MarkdownDescription: "The key of a license for ESX hosts that the vCenter has. Unset: " +
			"whatever is assigned.", Optional: true, Sensitive: true},
		"tags": schema.SetAttribute{MarkdownDescription: "Labels, kept with the host.", Optional: true,
			ElementType: types.StringType},
		"adopt":              flag(whoseToRemove),
		"state":              shown("`up` where the host is connected, else `down`."),
		"connection_state":   shown("`connected`, `disconnected` or `notResponding`."),
		"hypervisor_type":    shown("What the host says it is: `VMware ESXi`."),
		"hypervisor_version": number("Its version as a number: 8000003 for 8.0.3."),
		"vcpus":              number("CPU threads."),
		"memory_mb":          number("Memory in MB."),
	}
}

type computeNodeModel struct {
	ID              types.String   `tfsdk:"id"`
	Hostname        types.String   `tfsdk:"hostname"`
	Region          types.String   `tfsdk:"region"`
	Username        types.String   `tfsdk:"username"`
	Password        types.String   `tfsdk:"password"`
	PasswordWO      types.String   `tfsdk:"password_wo"`
	PasswordVersion types.Int64    `tfsdk:"password_wo_version"`
	Thumbprint      types.String   `tfsdk:"thumbprint"`
	Trust           types.Bool     `tfsdk:"trust_on_first_use"`
	Cluster         types.String   `tfsdk:"cluster"`
	ClusterID       types.String   `tfsdk:"cluster_id"`
	Status          types.String   `tfsdk:"status"`
	Reason          types.String   `tfsdk:"disabled_reason"`
	EvacuateOff     types.Bool     `tfsdk:"evacuate_powered_off"`
	License         types.String   `tfsdk:"license_key"`
	Tags            types.Set      `tfsdk:"tags"`
	Adopt           types.Bool     `tfsdk:"adopt"`
	State           types.String   `tfsdk:"state"`
	Connection      types.String   `tfsdk:"connection_state"`
	Type            types.String   `tfsdk:"hypervisor_type"`
	Version         types.Int64    `tfsdk:"hypervisor_version"`
	VCPUs           types.Int64    `tfsdk:"vcpus"`
	MemoryMB        types.Int64    `tfsdk:"memory_mb"`
	Switches        types.Set      `tfsdk:"distributed_switch"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

type nodeSwitchModel struct {
	Switch   types.String `tfsdk:"switch"`
	Adapters types.Set    `tfsdk:"adapters"`
}

var nodeSwitchType = types.ObjectType{AttrTypes: map[string]attr.Type{"switch": types.StringType,
	"adapters": types.SetType{ElemType: types.StringType}}}

// switches returns the blocks. known is false while their number or content is unknown.
func (m computeNodeModel) switches() (all []nodeSwitchModel, known bool) {
	if m.Switches.IsUnknown() || m.Switches.ElementsAs(context.Background(), &all, false).HasError() {
		return nil, false
	}
	known = true
	for _, s := range all {
		known = known && crud.Known(s.Switch, s.Adapters)
	}
	return all, known
}

// account returns the account with which the host is added. writeOnly is a password that neither plan nor state holds.
func (m computeNodeModel) account(writeOnly types.String) openstack.NodeAccount {
	return openstack.NodeAccount{Username: m.Username.ValueString(), Password: cmp.Or(m.Password.ValueString(), writeOnly.ValueString())}
}

func (m computeNodeModel) node() openstack.ComputeNode {
	n := openstack.ComputeNode{ID: m.ID.ValueString(), Hostname: m.Hostname.ValueString(), Cluster: m.Cluster.ValueString(),
		Thumbprint: m.Thumbprint.ValueString(), Status: m.Status.ValueString(),
		DisabledReason: m.Reason.ValueString(), LicenseKey: m.License.ValueString(), Tags: crud.Strings(m.Tags)}
	blocks, _ := m.switches()
	for _, s := range blocks {
		n.Switches = append(n.Switches, openstack.SwitchMembership{Switch: s.Switch.ValueString(), Adapters: crud.Strings(s.Adapters)})
	}
	return n
}

// with returns the model of an observed host. An argument with several spellings keeps the written one.
func (m computeNodeModel) with(n openstack.ComputeNode) computeNodeModel {
	text, number := types.StringValue, types.Int64Value
	m.PasswordWO = types.StringNull()
	m.ID, m.ClusterID, m.State, m.Connection, m.Type = text(n.ID), text(n.ClusterID), text(n.State), text(n.Connection), text(n.Type)
	m.Version, m.VCPUs, m.MemoryMB = number(n.Version), number(n.VCPUs), number(n.MemoryMB)
	if !strings.EqualFold(m.Hostname.ValueString(), n.Hostname) {
		m.Hostname = text(n.Hostname)
	}
	if cluster := m.Cluster.ValueString(); cluster != n.Cluster && cluster != n.ClusterID {
		m.Cluster = text(n.Cluster)
	}
	if m.Thumbprint.IsNull() || m.Thumbprint.IsUnknown() {
		m.Thumbprint = text(n.Thumbprint)
	}
	m.Status, m.Reason, m.Tags = text(n.Status), crud.KeepEmpty(m.Reason, n.DisabledReason), crud.KeepEmptySet(m.Tags, n.Tags)
	if n.SwitchesShown && len(m.Switches.Elements()) > 0 {
		m.Switches = m.observed(n.Switches)
	}
	return m
}

// observed returns the switches of a host, each in its written form if it is written.
func (m computeNodeModel) observed(have []openstack.SwitchMembership) types.Set {
	written, _ := m.switches()
	blocks := make([]attr.Value, len(have))
	for i, member := range have {
		name, adapters := types.StringValue(member.Switch), crud.KeepEmptySet(types.SetNull(types.StringType), member.Adapters)
		for _, block := range written {
			if block.Switch.ValueString() == member.Switch || strings.EqualFold(block.Switch.ValueString(), member.UUID) {
				name, adapters = block.Switch, crud.KeepEmptySet(block.Adapters, member.Adapters)
			}
		}
		blocks[i] = types.ObjectValueMust(nodeSwitchType.AttrTypes, map[string]attr.Value{"switch": name, "adapters": adapters})
	}
	return types.SetValueMust(nodeSwitchType, blocks)
}
