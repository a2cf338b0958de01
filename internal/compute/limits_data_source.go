// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// LimitsData reads what a project may use, and what it uses.
var LimitsData = crud.DataSource[*vcenter.Client, limitsModel]{Name: "compute_limits", Schema: limitsSchema, Read: readLimits}

func limitsSchema(context.Context) schema.Schema {
	unlimited := func(of string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: "Always -1, unlimited: " + of + ".", Computed: true}
	}
	used := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Computed: true}
	}
	const uncounted = "Null: not counted, as in Nova's API since its microversion 2.36."
	return schema.Schema{
		MarkdownDescription: "Tells what a project uses of the compute service. A vCenter has no quotas of projects, so every maximum is -1, " +
			"which is Nova's word for unlimited; what a single attribute takes is said where it is written. " +
			"However many instances the project has, the vCenter is asked once.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The project.", Computed: true},
			"project_id": schema.StringAttribute{MarkdownDescription: "The project, which is the name of its folder. Unset: the provider's own.",
				Optional: true, Computed: true},
			"region": crud.DataRegion(),

			"max_total_instances":      unlimited("instances"),
			"max_total_cores":          unlimited("virtual CPUs"),
			"max_total_ram_size":       unlimited("memory"),
			"max_total_keypairs":       unlimited("key pairs"),
			"max_total_floating_ips":   unlimited("floating IP addresses"),
			"max_security_groups":      unlimited("security groups"),
			"max_security_group_rules": unlimited("rules of a security group"),
			"max_server_groups":        unlimited("server groups"),
			"max_server_group_members": unlimited("members of a server group"),
			"max_server_meta":          unlimited("keys of an instance's metadata"),
			"max_image_meta":           unlimited("properties of an image"),
			"max_personality":          unlimited("files that are written into a guest"),
			"max_personality_size":     unlimited("the size of such a file by itself"),

			"total_instances_used":       used("Number of the project's instances, running or not."),
			"total_cores_used":           used("Virtual CPUs of the project's instances."),
			"total_ram_used":             used("Memory of the project's instances in MB."),
			"total_floating_ips_used":    used(uncounted),
			"total_security_groups_used": used(uncounted),
			"total_server_groups_used":   used("Null: not counted by this version."),
		},
	}
}

type limitsModel struct {
	ID      types.String `tfsdk:"id"`
	Project types.String `tfsdk:"project_id"`
	Region  types.String `tfsdk:"region"`

	MaxInstances       types.Int64 `tfsdk:"max_total_instances"`
	MaxCores           types.Int64 `tfsdk:"max_total_cores"`
	MaxRAM             types.Int64 `tfsdk:"max_total_ram_size"`
	MaxKeyPairs        types.Int64 `tfsdk:"max_total_keypairs"`
	MaxFloatingIPs     types.Int64 `tfsdk:"max_total_floating_ips"`
	MaxSecurityGroups  types.Int64 `tfsdk:"max_security_groups"`
	MaxSecurityRules   types.Int64 `tfsdk:"max_security_group_rules"`
	MaxServerGroups    types.Int64 `tfsdk:"max_server_groups"`
	MaxGroupMembers    types.Int64 `tfsdk:"max_server_group_members"`
	MaxServerMeta      types.Int64 `tfsdk:"max_server_meta"`
	MaxImageMeta       types.Int64 `tfsdk:"max_image_meta"`
	MaxPersonality     types.Int64 `tfsdk:"max_personality"`
	MaxPersonalitySize types.Int64 `tfsdk:"max_personality_size"`

	Instances      types.Int64 `tfsdk:"total_instances_used"`
	Cores          types.Int64 `tfsdk:"total_cores_used"`
	RAM            types.Int64 `tfsdk:"total_ram_used"`
	FloatingIPs    types.Int64 `tfsdk:"total_floating_ips_used"`
	SecurityGroups types.Int64 `tfsdk:"total_security_groups_used"`
	ServerGroups   types.Int64 `tfsdk:"total_server_groups_used"`
}

func readLimits(ctx context.Context, client *vcenter.Client, m limitsModel) (limitsModel, error) {
	project := cmp.Or(m.Project.ValueString(), client.Config.Project)
	used, unread, err := client.Machines.Limits(ctx, project)
	if err != nil {
		return m, err
	}
	for _, why := range unread {
		crud.Warn(ctx, "An instance is not counted", why.Error())
	}
	m.ID, m.Project = types.StringValue(cmp.Or(project, "limits")), crud.Written(m.Project, project, m.Project.ValueString())
	for _, most := range []*types.Int64{&m.MaxInstances, &m.MaxCores, &m.MaxRAM, &m.MaxKeyPairs, &m.MaxFloatingIPs, &m.MaxSecurityGroups,
		&m.MaxSecurityRules,
		&m.MaxServerGroups, &m.MaxGroupMembers, &m.MaxServerMeta, &m.MaxImageMeta, &m.MaxPersonality, &m.MaxPersonalitySize} {
		*most = types.Int64Value(-1)
	}
	m.Instances, m.Cores, m.RAM = types.Int64Value(used.Instances), types.Int64Value(used.Cores), types.Int64Value(used.RAM)
	return m, nil
}
