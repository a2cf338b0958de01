// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// InstancesData lists the instances of a project.
var InstancesData = crud.DataSource[*vcenter.Client, instancesModel]{Name: "compute_instances", Schema: instancesSchema,
	Read: readInstances}

func instancesSchema(context.Context) schema.Schema {
	filter := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	listed := factAttributes()
	listed["project"] = schema.StringAttribute{MarkdownDescription: "The project in whose folder it lies; empty where that is the folder " +
		"of all projects. In OpenStack the project's id.", Computed: true}
	attributes := map[string]schema.Attribute{
		"id":         schema.StringAttribute{MarkdownDescription: "Always `instances`.", Computed: true},
		"source":     crud.Source("the vCenter's instances alone, whatever blocks the provider has."),
		"region":     crud.DataRegion(),
		"name_regex": filter("A regular expression (RE2) that the names must match."),
		"flavor":     filter("The name or the id of their flavor."),
		"metadata": schema.MapAttribute{MarkdownDescription: "Metadata that they must have, among others.", Optional: true,
			ElementType: types.StringType},
		"tags": schema.SetAttribute{MarkdownDescription: "Tags that they must all have, among others.", Optional: true,
			ElementType: types.StringType},
		"project": filter("The project: a folder below the provider's `folder`. Nova's projects are `Project (<id>)/Instances` below its " +
			"folder `OpenStack`. Unset: the provider's own. Of OpenStack's instances all are listed that its user may see, and this is refused."),
		"ids": schema.ListAttribute{MarkdownDescription: "The ids of the instances that fit.", Computed: true,
			ElementType: types.StringType},
		"names": schema.ListAttribute{MarkdownDescription: "The names of the instances that fit, in the same order.", Computed: true,
			ElementType: types.StringType},
		"instances": schema.ListNestedAttribute{MarkdownDescription: "The instances that fit.", Computed: true,
			NestedObject: schema.NestedAttributeObject{Attributes: listed}},
		"configuration": schema.StringAttribute{MarkdownDescription: "A configuration that takes the instances over that fit: an `import` " +
			"block and a `resource` block for each, to be written to a file and read before it is applied. It holds what is known of them, user " +
			"data included, and is kept out of what the CLI prints. An instance of OpenStack is imported by its UUID, which is that of the " +
			"machine Nova's driver made for it, and its user data, which may be another project's, is left out.",
			Computed: true, Sensitive: true},
	}
	maps.Copy(attributes, comparedAttributes())
	return schema.Schema{
		MarkdownDescription: "Lists the instances of a project, or with `source = \"openstack\"` those of OpenStack, sorted by name. All that " +
			"is written must fit. A VM in the project's folder counts as an instance where this provider or Nova has left its record; " +
			"a machine that was imported does so from its first apply. However many there are, the vCenter is asked once.",
		Attributes: attributes,
	}
}

// factAttributes returns the attributes of an instance in data sources.
func factAttributes() map[string]schema.Attribute {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Computed: true}
	}
	return map[string]schema.Attribute{
		"id":                text("The instance's UUID, which is the VM's instance UUID."),
		"name":              text("The instance's name."),
		"description":       text("What the instance is for."),
		"flavor_id":         text("The flavor's id."),
		"flavor_name":       text("The flavor's name."),
		"image_id":          text("The image's id."),
		"image_name":        text("The image's name."),
		"key_pair":          text("The name of the key pair that it was made with."),
		"metadata":          schema.MapAttribute{MarkdownDescription: "The instance's metadata.", Computed: true, ElementType: types.StringType},
		"tags":              schema.SetAttribute{MarkdownDescription: "The instance's tags.", Computed: true, ElementType: types.StringType},
		"availability_zone": text("The availability zone."),
		"power_state":       text("`active`, `shutoff`, `suspended` or `shelved_offloaded`."),
		"vcpus":             number("Number of virtual CPUs."),
		"ram":               number("Memory in MB."),
		"disk":              number("Size of the root disk in GiB."),
		"access_ip_v4":      text("The first IPv4 address that the guest reports, of the NIC with `access_network` or of any."),
		"access_ip_v6":      text("The first IPv6 address that the guest reports, likewise."),
		"created":           text("When it was made, RFC 3339."),
		"updated":           text("When it was last changed, RFC 3339."),
	}
}

type instancesModel struct {
	ID        types.String        `tfsdk:"id"`
	Region    types.String        `tfsdk:"region"`
	NameRegex types.String        `tfsdk:"name_regex"`
	Flavor    types.String        `tfsdk:"flavor"`
	Metadata  types.Map           `tfsdk:"metadata"`
	Tags      types.Set           `tfsdk:"tags"`
	Project   types.String        `tfsdk:"project"`
	IDs       []string            `tfsdk:"ids"`
	Names     []string            `tfsdk:"names"`
	Instances []instanceListModel `tfsdk:"instances"`

	Source        types.String   `tfsdk:"source"`
	Configuration types.String   `tfsdk:"configuration"`
	CompareWith   types.String   `tfsdk:"compare_with"`
	Orphans       []orphanModel  `tfsdk:"orphans"`
	Missing       []missingModel `tfsdk:"missing"`
}

type instanceListModel struct {
	instanceFacts
	Project types.String `tfsdk:"project"`
}

type instanceFacts struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	FlavorID    types.String `tfsdk:"flavor_id"`
	FlavorName  types.String `tfsdk:"flavor_name"`
	ImageID     types.String `tfsdk:"image_id"`
	ImageName   types.String `tfsdk:"image_name"`
	KeyPair     types.String `tfsdk:"key_pair"`
	Metadata    types.Map    `tfsdk:"metadata"`
	Tags        types.Set    `tfsdk:"tags"`
	Zone        types.String `tfsdk:"availability_zone"`
	PowerState  types.String `tfsdk:"power_state"`
	VCPUs       types.Int64  `tfsdk:"vcpus"`
	RAM         types.Int64  `tfsdk:"ram"`
	Disk        types.Int64  `tfsdk:"disk"`
	AccessIPv4  types.String `tfsdk:"access_ip_v4"`
	AccessIPv6  types.String `tfsdk:"access_ip_v6"`
	Created     types.String `tfsdk:"created"`
	Updated     types.String `tfsdk:"updated"`
}

// factsOf returns the facts of an instance for data sources.
func factsOf(s openstack.Server) instanceFacts {
	text := types.StringValue
	return instanceFacts{
		ID: text(s.ID), Name: text(s.Name), Description: text(s.Description), FlavorID: text(s.Flavor.ID), FlavorName: text(s.Flavor.Name),
		ImageID: text(s.ImageID), ImageName: text(s.ImageName), KeyPair: text(s.KeyPair), Metadata: crud.MapOf(s.Metadata),
		Tags: crud.SetOf(s.Tags), Zone: text(s.Zone), PowerState: text(s.PowerState), VCPUs: types.Int64Value(s.VCPUs),
		RAM: types.Int64Value(s.RAM), Disk: types.Int64Value(s.Disk), AccessIPv4: text(s.AccessIPv4), AccessIPv6: text(s.AccessIPv6),
		Created: crud.TimeValue(s.Created), Updated: crud.TimeValue(s.Updated),
	}
}

func readInstances(ctx context.Context, client *vcenter.Client, m instancesModel) (instancesModel, error) {
	fits, err := m.filter()
	if err != nil {
		return m, err
	}
	all, project, err := m.list(ctx, client)
	if err != nil {
		return m, err
	}
	var found []openstack.Server
	m.ID, m.IDs, m.Names, m.Instances = types.StringValue("instances"), []string{}, []string{}, []instanceListModel{}
	for _, s := range all {
		if fits(s) {
			m.IDs, m.Names, m.Instances = append(m.IDs, s.ID), append(m.Names, s.Name),
				append(m.Instances, instanceListModel{factsOf(s), types.StringValue(cmp.Or(s.Project, project))})
			if m.Source.ValueString() == openstack.SourceOpenStack { // secrets of every project do not belong in a state
				s.UserData = ""
			}
			found = append(found, s)
		}
	}
	m.Configuration = types.StringValue(configurationOf(found))
	if m.CompareWith.ValueString() != "" {
		m.Orphans, m.Missing, err = compare(ctx, client)
	}
	return m, err
}

// list returns the instances of the chosen place, sorted by name, and their project.
func (m instancesModel) list(ctx context.Context, client *vcenter.Client) (all []openstack.Server, project string, err error) {
	if m.Source.ValueString() == openstack.SourceOpenStack {
		if client.Config.Cloud == nil {
			return nil, "", openstack.NoCloud("source")
		}
		if m.Project.ValueString() != "" {
			return nil, "", openstack.AttributeErrorf("project", "it is a folder of the vCenter, and the instances of OpenStack are those that "+
				"its user may see: leave it out, or set source = %q", openstack.SourceVCenter)
		}
		known, err := client.Config.Cloud.Servers(ctx)
		all = slices.SortedStableFunc(slices.Values(known), func(a, b openstack.Server) int { return strings.Compare(a.Name, b.Name) })
		return all, "", err
	}
	project = cmp.Or(m.Project.ValueString(), client.Config.Project)
	all, unread, err := client.Machines.List(ctx, project)
	for _, why := range unread {
		crud.Warn(ctx, "An instance is left out", why.Error())
	}
	return all, project, err
}

// filter returns the written conditions as a predicate.
func (m instancesModel) filter() (func(openstack.Server) bool, error) {
	name, err := regexp.Compile(m.NameRegex.ValueString())
	if err != nil {
		return nil, openstack.AttributeErrorf("name_regex", "%q is not a regular expression: %w", m.NameRegex.ValueString(), err)
	}
	flavor, metadata, tags := m.Flavor.ValueString(), crud.StringMap(m.Metadata), crud.Strings(m.Tags)
	return func(s openstack.Server) bool {
		for key, value := range metadata {
			if have, ok := s.Metadata[key]; !ok || have != value {
				return false
			}
		}
		for _, tag := range tags {
			if !slices.Contains(s.Tags, tag) {
				return false
			}
		}
		return name.MatchString(s.Name) && (flavor == "" || flavor == s.Flavor.Name || flavor == s.Flavor.ID)
	}, nil
}
