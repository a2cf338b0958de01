// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// regionBlock describes one vCenter of several.
func regionBlock() schema.Block {
	attributes := vcenterArguments()
	attributes["name"] = schema.StringAttribute{Required: true,
		MarkdownDescription: "The region's name, which the argument `region` of resources and data sources names. Without a slash."}
	attributes["previous_instance_uuid"] = schema.StringAttribute{Optional: true,
		MarkdownDescription: "As in the provider block. It is of one vCenter, so what is written there, or in the environment, is no region's."}
	return schema.ListNestedBlock{
		MarkdownDescription: "A region: one vCenter of several. Every resource and data source chooses one with its argument `region`, and the " +
			"first is that of those that name none. What a region does not write it takes from the provider's own arguments and blocks, and " +
			"then from the environment: passwords need to be nowhere else. A vCenter that nothing uses is not called, and one that does not " +
			"answer fails its own resources alone. The `region` of the block `openstack` is another: that of a cloud's catalogue. See the guide " +
			"[Several vCenters](guides/several-vcenters.md).",
		NestedObject: schema.NestedBlockObject{Attributes: attributes, Blocks: vcenterBlocks()},
	}
}

// blockModel is the provider block.
type blockModel struct {
	configModel
	Regions types.List `tfsdk:"region"`
}

// regionModel is a block region.
type regionModel struct {
	Name types.String `tfsdk:"name"`
	configModel
}

// unknown reports whether a value is known only after apply.
func (m blockModel) unknown() bool {
	if m.configModel.unknown() || m.Regions.IsUnknown() {
		return true
	}
	regions := m.regions()
	return len(regions) < len(m.Regions.Elements()) || slices.ContainsFunc(regions, func(r regionModel) bool {
		return r.Name.IsUnknown() || r.configModel.unknown()
	})
}

// regions returns the blocks, none while their number is unknown. Each has the provider's own arguments where it writes none.
func (m blockModel) regions() []regionModel {
	if len(m.Regions.Elements()) == 0 {
		return nil
	}
	out := crud.Elements[regionModel](m.Regions)
	for i := range out {
		out[i].configModel = out[i].over(m.configModel)
	}
	return out
}

// check refuses arguments that contradict each other.
func (m blockModel) check() error {
	regions := m.regions()
	if len(regions) == 0 {
		return m.configModel.check()
	}
	seen := map[string]int{}
	for i, r := range regions {
		name := r.Name.ValueString()
		first, twice := seen[name]
		switch {
		case r.Name.IsUnknown():
			continue
		case name == "" || strings.Contains(name, "/"):
			return openstack.AttributeErrorf(regionAt(i), "%s.name: %q is no name of a region: it must not be empty, nor hold a slash, because "+
				"<region>/<id> is what an import names", regionAt(i), name)
		case twice:
			return openstack.AttributeErrorf(regionAt(i), "%s.name: %q is the name of %s already: choose another one", regionAt(i), name,
				regionAt(first))
		}
		seen[name] = i
	}
	for i, r := range regions {
		if err := inRegion(i, r, r.check()); err != nil {
			return err
		}
	}
	return nil
}

// regionAt names the block of a region.
func regionAt(i int) string { return "region[" + strconv.Itoa(i) + "]" }

// inRegion moves an error about an argument to the block of its region. The CLI finds the line of a block, and not of what is in it.
func inRegion(i int, r regionModel, err error) error {
	if err == nil {
		return nil
	}
	return openstack.AttributeErrorf(regionAt(i), "the region %q: %w", r.Name.ValueString(), err)
}

// over returns a region's arguments, and the provider's own for those that it does not write. An argument stays unwritten where the
// region writes another one that takes its place.
func (r regionModel) over(own configModel) configModel {
	out := r.configModel
	into, from := reflect.ValueOf(&out).Elem(), reflect.ValueOf(own)
	for i := range into.NumField() {
		if written, ok := into.Field(i).Interface().(attr.Value); ok && written.IsNull() {
			into.Field(i).Set(from.Field(i))
		}
	}
	out.Former = r.Former
	if r.Datastore.ValueString() != "" {
		out.DatastoreRegex = r.DatastoreRegex
	}
	if r.DatastoreRegex.ValueString() != "" {
		out.Datastore = r.Datastore
	}
	if !r.Zones.IsUnknown() && len(r.Zones.Elements()) == 0 { // Terraform sends an empty list of blocks where none is written
		out.Zones = own.Zones
	}
	out.NSX = blockWithin(r.NSX, own.NSX, r.loginDecided)
	out.Cloud = blockWithin(r.Cloud, own.Cloud, r.decided)
	return out
}

// blockWithin returns a region's block with the arguments of the provider's own that it does not write. decided reports that another of
// its arguments takes an argument's place.
func blockWithin(written, own types.Object, decided func(name string) bool) types.Object {
	if written.IsNull() {
		return own
	}
	values, others := written.Attributes(), own.Attributes()
	if written.IsUnknown() || own.IsNull() || own.IsUnknown() {
		return written
	}
	for name, value := range values {
		if value.IsNull() && !decided(name) {
			values[name] = others[name]
		}
	}
	return types.ObjectValueMust(written.AttributeTypes(context.Background()), values)
}

// connect makes the clients of the provider's vCenter, or of each of its regions, without calling them. all is what resources and data
// sources choose from.
func (m blockModel) connect(version, terraform string, said *diag.Diagnostics) (all any, made []connection, err error) {
	regions := m.regions()
	if len(regions) == 0 {
		cfg, err := m.config(version, terraform)
		if err != nil {
			return nil, nil, err
		}
		one, err := m.connection(cfg, said)
		if err != nil {
			return nil, nil, err
		}
		return one.handed(), []connection{one}, nil
	}
	var list []region.Region
	var shared openstack.Cloud
	for i, r := range regions {
		cfg, err := r.config(version, terraform)
		if err != nil {
			return nil, nil, inRegion(i, r, err)
		}
		cfg.Former = r.Former.ValueString() // and not the environment's
		if r.Cloud.Equal(m.Cloud) {         // one cloud beside them all is logged in to once
			if shared == nil {
				shared = cfg.Cloud
			}
			cfg.Cloud = shared
		}
		one, err := r.connection(cfg, said)
		if err != nil {
			return nil, nil, inRegion(i, r, err)
		}
		name := r.Name.ValueString()
		made, list = append(made, one), append(list, region.Region{Name: name,
			Clients: append(crud.Clients{region.Within(name, one.client)}, one.handed()...)})
	}
	return region.New(list), made, nil
}
