// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// List lists instances, and machines that may become such by an import.
var List = crud.List[ports.Plugger, model.Instance, listFilters]{Of: Resource, Check: listFilters.check, Find: findInstances,
	About: "Lists the instances of a project, or with `unmanaged` the machines that this provider has not made, sorted by name. All that is " +
		"written must fit. However many there are, the vCenter is asked for all of them at once.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
		"project": crud.ListText("The project: a folder below the provider's `folder`. Nova's projects are `Project (<id>)/Instances` below " +
			"its folder `OpenStack`. Unset: the provider's own, and with `unmanaged` or `orphans` every folder."),
		"availability_zone": crud.ListText("The availability zone that they are in."),
		"flavor":            crud.ListText("The name or the id of their flavor."),
		"image":             crud.ListText("The name or the id of their image."),
		"metadata": schema.MapAttribute{MarkdownDescription: "Metadata that they must have, among others.", Optional: true,
			ElementType: types.StringType},
		"tags": crud.ListTexts("Tags that they must all have, among others."),
		"unmanaged": crud.ListFlag("`true`: the machines of the datacenter that this provider has neither made nor changed, which Nova or " +
			"nobody has recorded; one that was imported is among them until its first change. Templates, and machines that another extension " +
			"of the vCenter manages, are not."),
		"orphans": crud.ListFlag("`true`: those of Nova's machines that OpenStack does not know any more, as in `orphans` of the data source " +
			"`novasphere_compute_instances`. It needs the provider's block `openstack`, with a user that may see the instances of all projects."),
	}}

type listFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	Project   types.String `tfsdk:"project"`
	Zone      types.String `tfsdk:"availability_zone"`
	Flavor    types.String `tfsdk:"flavor"`
	Image     types.String `tfsdk:"image"`
	Metadata  types.Map    `tfsdk:"metadata"`
	Tags      types.List   `tfsdk:"tags"`
	Unmanaged types.Bool   `tfsdk:"unmanaged"`
	Orphans   types.Bool   `tfsdk:"orphans"`
}

func (f listFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

// findInstances lists the instances that fit.
func findInstances(ctx context.Context, plugger ports.Plugger, f listFilters) ([]crud.Listed[model.Instance], error) {
	name, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	all, unread, err := f.machines(ctx, plugger)
	if err != nil {
		return nil, err
	}
	for _, why := range unread {
		crud.Warn(ctx, "A machine is left out", why.Error())
	}
	var out []crud.Listed[model.Instance]
	for _, server := range all {
		if f.fits(server, name) {
			out = append(out, crud.Listed[model.Instance]{ID: server.ID, Name: server.Name, Model: instance{plugger}.modelOf(server)})
		}
	}
	return out, nil
}

// machines reads the machines of the chosen kind.
func (f listFilters) machines(ctx context.Context, plugger ports.Plugger) (all []openstack.Server, unread []error, err error) {
	client, project := plugger.Client, f.Project.ValueString()
	if !f.Orphans.ValueBool() {
		return client.Machines.Listed(ctx, project, f.Unmanaged.ValueBool())
	}
	cloud := client.Config.Cloud
	if cloud == nil {
		return nil, nil, openstack.AttributeErrorf("orphans", "which machines are orphans OpenStack tells, and the provider has no block "+
			"openstack that says which cloud is meant: write that block, or leave orphans out")
	}
	if all, unread, err = client.Machines.Strays(ctx, project); err != nil {
		return nil, nil, err
	}
	orphans, err := orphansOf(ctx, cloud, all)
	if err == nil && project == "" && len(orphans) > 0 && len(orphans) == len(all) {
		crud.Warn(ctx, "OpenStack knows none of the machines", openstack.TheCloud(cloud)+" knows none of the machines that Nova has made "+
			"here. Where another cloud, or another region of it, has made them, they are no orphans: check the provider's block openstack "+
			"before anything is deleted")
	}
	return orphans, unread, err
}

// orphansOf returns those of Nova's machines that a cloud does not know. It is asked after they were read: Nova knows an instance before
// it makes its machine, so that one which was made meanwhile is no orphan.
func orphansOf(ctx context.Context, cloud openstack.Cloud, machines []openstack.Server) ([]openstack.Server, error) {
	ids := make([]string, len(machines))
	for i, s := range machines {
		ids[i] = strings.ToLower(s.ID)
	}
	unknown, err := cloud.Unknown(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(machines), func(s openstack.Server) bool {
		return !slices.Contains(unknown, strings.ToLower(s.ID))
	}), nil
}

// fits reports whether an instance matches the filters.
func (f listFilters) fits(s openstack.Server, name *regexp.Regexp) bool {
	is := func(want types.String, values ...string) bool {
		return want.ValueString() == "" || slices.Contains(values, want.ValueString())
	}
	for key, value := range crud.StringMap(f.Metadata) {
		if have, ok := s.Metadata[key]; !ok || have != value {
			return false
		}
	}
	for _, tag := range crud.Texts(f.Tags) {
		if !slices.Contains(s.Tags, tag) {
			return false
		}
	}
	return name.MatchString(s.Name) && is(f.Zone, model.ZoneOf(s)) && is(f.Flavor, s.Flavor.Name, s.Flavor.ID) &&
		is(f.Image, s.ImageName, s.ImageID)
}

// modelOf returns what reads an instance that is known whole already, as its import and the read after it would give it.
func (r instance) modelOf(server openstack.Server) func(context.Context, crud.Private) (*model.Instance, error) {
	return func(ctx context.Context, private crud.Private) (*model.Instance, error) {
		m, remember, err := imported(server)
		if err != nil {
			return nil, err
		}
		return r.shown(ctx, m, server, remember, private)
	}
}
