// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/warn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// FlavorData finds one flavor.
var FlavorData = crud.DataSource[*vcenter.Client, flavorDataModel]{Name: "compute_flavor", Schema: flavorDataSchema, Read: readFlavorData}

// FlavorsData lists flavors, smallest first.
var FlavorsData = crud.DataSource[*vcenter.Client, flavorsModel]{Name: "compute_flavors", Schema: flavorsSchema, Read: readFlavors}

func flavorDataSchema(context.Context) schema.Schema {
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	filter := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one flavor, in the datacenter's catalogue or in OpenStack. What you write must fit exactly; `min_ram` and " +
			"`min_disk` are lower bounds. Several that fit are an error, unless `smallest = true`. Extra specs that mean nothing on vSphere are " +
			"named in a warning where the flavor is OpenStack's.",
		Attributes: crud.Sourced(map[string]schema.Attribute{
			"id":           schema.StringAttribute{MarkdownDescription: "The flavor's id.", Computed: true},
			"flavor_id":    schema.StringAttribute{MarkdownDescription: "The flavor's id.", Optional: true, Computed: true},
			"name":         schema.StringAttribute{MarkdownDescription: "The flavor's name.", Optional: true, Computed: true},
			"description":  schema.StringAttribute{MarkdownDescription: "What the flavor is for.", Optional: true, Computed: true},
			"vcpus":        number("Number of virtual CPUs."),
			"ram":          number("Memory in MB."),
			"disk":         number("Size of the root disk in GiB."),
			"swap":         number("Size of the swap disk in MB."),
			"ephemeral":    schema.Int64Attribute{MarkdownDescription: "Size of the extra disk in GiB.", Computed: true},
			"rx_tx_factor": schema.Float64Attribute{MarkdownDescription: "As kept with the flavor; without effect.", Optional: true, Computed: true},
			"is_public":    schema.BoolAttribute{MarkdownDescription: "As kept with the flavor; without effect.", Optional: true, Computed: true},
			"min_vcpus":    filter("At least so many virtual CPUs."),
			"min_ram":      filter("At least so much memory, in MB."),
			"min_disk":     filter("At least so large a root disk, in GiB."),
			"name_regex":   schema.StringAttribute{MarkdownDescription: "A regular expression (RE2) that the name must match.", Optional: true},
			"region":       crud.DataRegion(),
			"smallest": schema.BoolAttribute{MarkdownDescription: "Take the smallest of those that fit: by memory, then vcpus, then disk. " +
				"Not known to the OpenStack provider.", Optional: true},
			"extra_specs": schema.MapAttribute{MarkdownDescription: "The flavor's extra specs.", Computed: true, ElementType: types.StringType},
		}),
	}
}

type flavorDataModel struct {
	ID          types.String  `tfsdk:"id"`
	FlavorID    types.String  `tfsdk:"flavor_id"`
	Name        types.String  `tfsdk:"name"`
	Description types.String  `tfsdk:"description"`
	VCPUs       types.Int64   `tfsdk:"vcpus"`
	RAM         types.Int64   `tfsdk:"ram"`
	Disk        types.Int64   `tfsdk:"disk"`
	Swap        types.Int64   `tfsdk:"swap"`
	Ephemeral   types.Int64   `tfsdk:"ephemeral"`
	RxTxFactor  types.Float64 `tfsdk:"rx_tx_factor"`
	IsPublic    types.Bool    `tfsdk:"is_public"`
	MinVCPUs    types.Int64   `tfsdk:"min_vcpus"`
	MinRAM      types.Int64   `tfsdk:"min_ram"`
	MinDisk     types.Int64   `tfsdk:"min_disk"`
	NameRegex   types.String  `tfsdk:"name_regex"`
	Smallest    types.Bool    `tfsdk:"smallest"`
	ExtraSpecs  types.Map     `tfsdk:"extra_specs"`
	Region      types.String  `tfsdk:"region"`
	Source      types.String  `tfsdk:"source"`
	FoundIn     types.String  `tfsdk:"found_in"`
}

func readFlavorData(ctx context.Context, client *vcenter.Client, m flavorDataModel) (flavorDataModel, error) {
	fits, err := m.filter()
	if err != nil {
		return m, err
	}
	here := flavorPlace{client.Flavors.List, client.Flavors.InCatalogue, "no flavor fits", "the datacenter has none yet"}
	there := flavorPlace{client.Flavors.ListCloud, client.Flavors.InCloud, "no flavor of OpenStack fits", "it has none"}
	f, in, err := openstack.Lookup(m.Source.ValueString(), client.Config.Cloud,
		func() (openstack.Flavor, error) { return m.search(ctx, fits, here) },
		func() (openstack.Flavor, error) { return m.search(ctx, fits, there) })
	if err != nil {
		return m, err
	}
	if m.FoundIn = types.StringValue(in); in == openstack.SourceOpenStack {
		warn.ForeignFlavor(ctx, client, f)
	}
	return m.with(f), nil
}

// flavorPlace is a place that has flavors, with its own error for no match.
type flavorPlace struct {
	list func(context.Context) ([]openstack.Flavor, error)
	find func(ctx context.Context, id, name string) (openstack.Flavor, error)

	noneFits, empty string
}

// search finds the one flavor of a place that fits.
func (m flavorDataModel) search(ctx context.Context, fits func(openstack.Flavor) bool, place flavorPlace) (openstack.Flavor, error) {
	all, err := place.list(ctx)
	if err != nil {
		return openstack.Flavor{}, err
	}
	matches := slices.DeleteFunc(slices.Clone(all), func(f openstack.Flavor) bool { return !fits(f) })
	switch {
	case len(matches) == 1, len(matches) > 1 && m.Smallest.ValueBool():
		return matches[0], nil
	case len(matches) > 1:
		return openstack.Flavor{}, fmt.Errorf("%d flavors fit: %s; narrow the search, or set smallest = true", len(matches), flavorList(matches))
	case m.FlavorID.ValueString() != "" || m.Name.ValueString() != "":
		if _, err := place.find(ctx, m.FlavorID.ValueString(), m.Name.ValueString()); err != nil {
			return openstack.Flavor{}, err // no flavor has that name or id: this error offers the nearest
		}
	}
	if len(all) == 0 {
		return openstack.Flavor{}, openstack.NotFound("%s: %s", place.noneFits, place.empty)
	}
	return openstack.Flavor{}, openstack.NotFound("%s; there are %s", place.noneFits, flavorList(all))
}

// manyFlavors is how many flavors an error lists.
const manyFlavors = 20

func flavorList(flavors []openstack.Flavor) string {
	var out []string
	for i, f := range flavors {
		if i == manyFlavors {
			out = append(out, fmt.Sprintf("and %d more", len(flavors)-i))
			break
		}
		out = append(out, fmt.Sprintf("%q (%d vcpus, %d MB, %d GiB)", f.Name, f.VCPUs, f.RAM, f.Disk))
	}
	return strings.Join(out, ", ")
}

// filter returns the written conditions as a predicate.
func (m flavorDataModel) filter() (func(openstack.Flavor) bool, error) {
	name, err := regexp.Compile(m.NameRegex.ValueString())
	if err != nil {
		return nil, openstack.AttributeErrorf("name_regex", "%q is not a regular expression: %w", m.NameRegex.ValueString(), err)
	}
	exact := func(want types.Int64, have int64) bool { return want.IsNull() || want.ValueInt64() == have }
	text := func(want types.String, have string) bool {
		return want.ValueString() == "" || want.ValueString() == have
	}
	return func(f openstack.Flavor) bool {
		return text(m.FlavorID, f.ID) && text(m.Name, f.Name) && text(m.Description, f.Description) && name.MatchString(f.Name) &&
			exact(m.VCPUs, f.VCPUs) && exact(m.RAM, f.RAM) && exact(m.Disk, f.Disk) && exact(m.Swap, f.Swap) &&
			(m.RxTxFactor.IsNull() || m.RxTxFactor.ValueFloat64() == f.RxTxFactor) &&
			(m.IsPublic.IsNull() || m.IsPublic.ValueBool() == f.IsPublic) &&
			f.VCPUs >= m.MinVCPUs.ValueInt64() && f.RAM >= m.MinRAM.ValueInt64() && f.Disk >= m.MinDisk.ValueInt64()
	}, nil
}

func (m flavorDataModel) with(f openstack.Flavor) flavorDataModel {
	m.ID, m.FlavorID, m.Name, m.Description = types.StringValue(f.ID), types.StringValue(f.ID), types.StringValue(f.Name),
		types.StringValue(f.Description)
	m.VCPUs, m.RAM, m.Disk, m.Swap, m.Ephemeral = types.Int64Value(f.VCPUs), types.Int64Value(f.RAM), types.Int64Value(f.Disk),
		types.Int64Value(f.Swap), types.Int64Value(f.Ephemeral)
	m.RxTxFactor, m.IsPublic, m.ExtraSpecs = types.Float64Value(f.RxTxFactor), types.BoolValue(f.IsPublic), crud.MapOf(f.ExtraSpecs)
	return m
}

func flavorsSchema(context.Context) schema.Schema {
	filter := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true}
	}
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Lists the flavors of the datacenter's catalogue, or with `source = \"openstack\"` those of OpenStack, smallest " +
			"first: by memory, then vcpus, then disk, then name.",
		Attributes: map[string]schema.Attribute{
			"source":     crud.Source("the flavors of the vCenter alone, whatever blocks the provider has."),
			"region":     crud.DataRegion(),
			"id":         schema.StringAttribute{MarkdownDescription: "Always `flavors`.", Computed: true},
			"min_vcpus":  filter("At least so many virtual CPUs."),
			"min_ram":    filter("At least so much memory, in MB."),
			"min_disk":   filter("At least so large a root disk, in GiB."),
			"name_regex": schema.StringAttribute{MarkdownDescription: "A regular expression (RE2) that the names must match.", Optional: true},
			"ids": schema.ListAttribute{MarkdownDescription: "The ids of the flavors that fit.", Computed: true,
				ElementType: types.StringType},
			"names": schema.ListAttribute{MarkdownDescription: "The names of the flavors that fit, in the same order.", Computed: true,
				ElementType: types.StringType},
			"flavors": schema.ListNestedAttribute{MarkdownDescription: "The flavors that fit.", Computed: true,
				NestedObject: schema.NestedAttributeObject{
					Attributes: map[string]schema.Attribute{
						"id":           schema.StringAttribute{MarkdownDescription: "The flavor's id.", Computed: true},
						"name":         schema.StringAttribute{MarkdownDescription: "The flavor's name.", Computed: true},
						"description":  schema.StringAttribute{MarkdownDescription: "What the flavor is for.", Computed: true},
						"vcpus":        number("Number of virtual CPUs."),
						"ram":          number("Memory in MB."),
						"disk":         number("Size of the root disk in GiB."),
						"ephemeral":    number("Size of the extra disk in GiB."),
						"swap":         number("Size of the swap disk in MB."),
						"rx_tx_factor": schema.Float64Attribute{MarkdownDescription: "As kept with the flavor; without effect.", Computed: true},
						"is_public":    schema.BoolAttribute{MarkdownDescription: "As kept with the flavor; without effect.", Computed: true},
						"extra_specs":  schema.MapAttribute{MarkdownDescription: "The flavor's extra specs.", Computed: true, ElementType: types.StringType},
					},
				}},
		},
	}
}

type flavorsModel struct {
	ID        types.String      `tfsdk:"id"`
	Region    types.String      `tfsdk:"region"`
	MinVCPUs  types.Int64       `tfsdk:"min_vcpus"`
	MinRAM    types.Int64       `tfsdk:"min_ram"`
	MinDisk   types.Int64       `tfsdk:"min_disk"`
	NameRegex types.String      `tfsdk:"name_regex"`
	Source    types.String      `tfsdk:"source"`
	IDs       []string          `tfsdk:"ids"`
	Names     []string          `tfsdk:"names"`
	Flavors   []flavorListModel `tfsdk:"flavors"`
}

type flavorListModel struct {
	ID          string            `tfsdk:"id"`
	Name        string            `tfsdk:"name"`
	Description string            `tfsdk:"description"`
	VCPUs       int64             `tfsdk:"vcpus"`
	RAM         int64             `tfsdk:"ram"`
	Disk        int64             `tfsdk:"disk"`
	Ephemeral   int64             `tfsdk:"ephemeral"`
	Swap        int64             `tfsdk:"swap"`
	RxTxFactor  float64           `tfsdk:"rx_tx_factor"`
	IsPublic    bool              `tfsdk:"is_public"`
	ExtraSpecs  map[string]string `tfsdk:"extra_specs"`
}

func readFlavors(ctx context.Context, client *vcenter.Client, m flavorsModel) (flavorsModel, error) {
	fits, err := flavorDataModel{MinVCPUs: m.MinVCPUs, MinRAM: m.MinRAM, MinDisk: m.MinDisk, NameRegex: m.NameRegex}.filter()
	if err != nil {
		return m, err
	}
	all, err := m.list(ctx, client)
	if err != nil {
		return m, err
	}
	m.ID, m.IDs, m.Names, m.Flavors = types.StringValue("flavors"), []string{}, []string{}, []flavorListModel{}
	for _, f := range all {
		if !fits(f) {
			continue
		}
		specs := f.ExtraSpecs
		if specs == nil {
			specs = map[string]string{}
		}
		m.IDs, m.Names = append(m.IDs, f.ID), append(m.Names, f.Name)
		m.Flavors = append(m.Flavors, flavorListModel{f.ID, f.Name, f.Description, f.VCPUs, f.RAM, f.Disk, f.Ephemeral, f.Swap, f.RxTxFactor,
			f.IsPublic, specs})
	}
	return m, nil
}

// list returns the flavors of the chosen place.
func (m flavorsModel) list(ctx context.Context, client *vcenter.Client) ([]openstack.Flavor, error) {
	switch {
	case m.Source.ValueString() != openstack.SourceOpenStack:
		return client.Flavors.List(ctx)
	case client.Config.Cloud == nil:
		return nil, openstack.NoCloud("source")
	}
	return client.Flavors.ListCloud(ctx)
}
