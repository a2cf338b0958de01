// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// This file finds what Nova left behind: its VMs that OpenStack no longer knows, and OpenStack's instances without a VM.

func comparedAttributes() map[string]schema.Attribute {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	return map[string]schema.Attribute{
		"compare_with": schema.StringAttribute{MarkdownDescription: "`openstack` compares the machines of every project that lie below the " +
			"folder `OpenStack`, where Nova's driver makes them, and below the provider's `folder` with the instances that OpenStack knows, " +
			"and gives `orphans` and `missing`. The other arguments do not narrow these. OpenStack's user must be allowed to see the instances " +
			"of all projects. Unset: both are null, and OpenStack is not asked.", Optional: true,
			Validators: []validator.String{stringvalidator.OneOf(openstack.SourceOpenStack)}},
		"orphans": schema.ListNestedAttribute{MarkdownDescription: "Machines that Nova made and OpenStack does not know any more. Machines " +
			"that this provider made, or has taken over, are none. Where several OpenStack clouds share a vCenter, the other clouds' machines are " +
			"among them: look before you delete anything.",
			Computed: true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":          text("The instance's UUID, by which it can be imported."),
				"name":        text("Its name."),
				"folder":      text("Where it lies, below the datacenter's VM folder."),
				"project_id":  text("The id of the OpenStack project in whose folder it lies; empty where that is none of Nova's."),
				"power_state": text("`active`, `shutoff` or `suspended`."),
				"created":     text("When it was made, RFC 3339."),
			}}},
		"missing": schema.ListNestedAttribute{MarkdownDescription: "Instances that OpenStack knows and that have no machine in those folders. " +
			"One that was shelved, has failed, or runs on another hypervisor or in another datacenter has none here.", Computed: true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":                text("The instance's UUID."),
				"name":              text("Its name."),
				"project_id":        text("The id of its project."),
				"flavor_name":       text("The flavor's name."),
				"availability_zone": text("The availability zone."),
				"power_state":       text("What OpenStack says of it."),
				"created":           text("When it was made, RFC 3339."),
			}}},
	}
}

type orphanModel struct {
	ID         string `tfsdk:"id"`
	Name       string `tfsdk:"name"`
	Folder     string `tfsdk:"folder"`
	ProjectID  string `tfsdk:"project_id"`
	PowerState string `tfsdk:"power_state"`
	Created    string `tfsdk:"created"`
}

type missingModel struct {
	ID         string `tfsdk:"id"`
	Name       string `tfsdk:"name"`
	ProjectID  string `tfsdk:"project_id"`
	FlavorName string `tfsdk:"flavor_name"`
	Zone       string `tfsdk:"availability_zone"`
	PowerState string `tfsdk:"power_state"`
	Created    string `tfsdk:"created"`
}

// compare finds the orphans and the missing instances, with one list of each side. OpenStack is asked after the machines were read, and
// once more for each that its list lacks: Nova knows an instance before it makes its machine.
func compare(ctx context.Context, client *vcenter.Client) ([]orphanModel, []missingModel, error) {
	cloud := client.Config.Cloud
	if cloud == nil {
		return nil, nil, openstack.NoCloud("compare_with")
	}
	here, unread, err := client.Machines.Discover(ctx)
	if err != nil {
		return nil, nil, err
	}
	known, err := cloud.AllServers(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, why := range unread {
		crud.Warn(ctx, "An instance is left out of the comparison", why.Error())
	}
	orphans, missing := apart(known, here)
	ids := make([]string, len(orphans))
	for i, o := range orphans {
		ids[i] = o.ID
	}
	unknown, err := cloud.Unknown(ctx, ids)
	return slices.DeleteFunc(orphans, func(o orphanModel) bool { return !slices.Contains(unknown, o.ID) }), missing, err
}

// apart returns Nova's VMs without an instance, and the instances without a VM.
func apart(known []openstack.Server, here []machine.DiscoveredServer) ([]orphanModel, []missingModel) {
	orphans, missing := []orphanModel{}, []missingModel{}
	servers, machines := map[string]bool{}, map[string]bool{}
	for _, s := range known {
		servers[s.ID] = true
	}
	for _, s := range here {
		if machines[s.ID] = true; !s.Ours && !servers[s.ID] {
			orphans = append(orphans, orphanModel{s.ID, s.Name, s.Folder, s.Project, s.PowerState, crud.TimeValue(s.Created).ValueString()})
		}
	}
	for _, s := range known {
		if !machines[s.ID] {
			missing = append(missing, missingModel{s.ID, s.Name, s.Project, s.Flavor.Name, s.Zone, s.PowerState,
				crud.TimeValue(s.Created).ValueString()})
		}
	}
	return orphans, missing
}
