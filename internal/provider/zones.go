// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// zoneBlock describes an availability zone.
func zoneBlock() schema.Block {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	ratio := func(text string) schema.Float64Attribute {
		return schema.Float64Attribute{MarkdownDescription: text, Optional: true, Validators: []validator.Float64{float64validator.AtLeast(0.01)}}
	}
	return schema.ListNestedBlock{
		MarkdownDescription: "An availability zone: where instances go that name it. The zone `nova` always exists; it is what the provider's " +
			"own arguments describe, unless a block is called so. A zone whose parts do not go together is an error of every plan with an " +
			"instance, whichever zone that is in.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{MarkdownDescription: "The zone's name, without a colon: `name:host` is a host of it.",
				Required: true},
			"cluster":       schema.StringAttribute{MarkdownDescription: "The cluster.", Required: true},
			"resource_pool": text("The resource pool: its name, or its path below the cluster's root pool. Unset: the root pool."),
			"datastores": schema.ListAttribute{MarkdownDescription: "The datastores, of which the one with the most free space is " +
				"taken. Some host of the cluster must mount each. Unset: as `datastore_regex` says.", Optional: true, ElementType: types.StringType},
			"datastore_regex": text("A regular expression (RE2) that a datastore's name must match at its start. Unset: any."),
			"storage_policy":  text("The storage policy of instances whose flavor names none (`vmware:storage_policy`)."),
			"switch": text("The distributed switch of networks whose `availability_zone_hints` name the zone. Some host of the " +
				"cluster must be a member of it."),
			"cpu_allocation_ratio": ratio("How many vCPUs are given out for each processor of the hosts, before a plan warns. Unset: 4, as Nova " +
				"begins with."),
			"ram_allocation_ratio":  ratio("How much memory is given out for that of the hosts, before a plan warns. Unset: 1."),
			"disk_allocation_ratio": ratio("How much disk is given out for that of the datastores, before a plan warns. Unset: 1."),
		}},
	}
}

type zoneModel struct {
	Name       types.String  `tfsdk:"name"`
	Cluster    types.String  `tfsdk:"cluster"`
	Pool       types.String  `tfsdk:"resource_pool"`
	Datastores types.List    `tfsdk:"datastores"`
	Regex      types.String  `tfsdk:"datastore_regex"`
	Policy     types.String  `tfsdk:"storage_policy"`
	Switch     types.String  `tfsdk:"switch"`
	CPU        types.Float64 `tfsdk:"cpu_allocation_ratio"`
	RAM        types.Float64 `tfsdk:"ram_allocation_ratio"`
	Disk       types.Float64 `tfsdk:"disk_allocation_ratio"`
}

// zones returns the blocks, none while their number is unknown.
func (m configModel) zones() (out []zoneModel) {
	if len(m.Zones.Elements()) > 0 {
		out = crud.Elements[zoneModel](m.Zones)
	}
	return out
}

// unknown reports whether a value of a zone is known only after apply.
func (z zoneModel) unknown() bool {
	for _, v := range []attr.Value{z.Name, z.Cluster, z.Pool, z.Datastores, z.Regex, z.Policy, z.Switch, z.CPU, z.RAM, z.Disk} {
		if v.IsUnknown() {
			return true
		}
	}
	for _, v := range z.Datastores.Elements() {
		if v.IsUnknown() {
			return true
		}
	}
	return false
}

// zoneList returns all zones in the client's form.
func (m configModel) zoneList() (out []inventory.Zone, err error) {
	seen := map[string]bool{}
	for _, z := range m.zones() {
		name := z.Name.ValueString()
		switch _, failed := regexp.Compile(z.Regex.ValueString()); {
		case name == "" || strings.ContainsAny(name, ":"):
			return nil, openstack.AttributeErrorf("availability_zone", "%q is no name of a zone: it must not be empty, nor hold a colon", name)
		case seen[name]:
			return nil, openstack.AttributeErrorf("availability_zone", "two zones are called %q: choose another name for one of them", name)
		case len(z.Datastores.Elements()) > 0 && z.Regex.ValueString() != "":
			return nil, openstack.AttributeErrorf("availability_zone", "the zone %q: datastore_regex chooses among datastores, and datastores "+
				"names them already: write only one of them", name)
		case failed != nil:
			return nil, openstack.AttributeErrorf("availability_zone", "the zone %q: datastore_regex %q is not a regular expression: %w", name,
				z.Regex.ValueString(), failed)
		}
		seen[name] = true
		zone := inventory.Zone{Name: name, Cluster: z.Cluster.ValueString(), ResourcePool: z.Pool.ValueString(),
			DatastoreRegex: z.Regex.ValueString(), StoragePolicy: z.Policy.ValueString(),
			Switch: z.Switch.ValueString(), CPURatio: z.CPU.ValueFloat64(), RAMRatio: z.RAM.ValueFloat64(), DiskRatio: z.Disk.ValueFloat64()}
		for _, v := range z.Datastores.Elements() {
			if text, ok := v.(types.String); ok {
				zone.Datastores = append(zone.Datastores, text.ValueString())
			}
		}
		out = append(out, zone)
	}
	return out, nil
}
