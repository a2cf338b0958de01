// SPDX-License-Identifier: MPL-2.0

// Package compute holds the resources and data sources of the compute service: flavors, key pairs, server groups, hosts and instances.
package compute

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Flavor is the resource of a flavor in the datacenter's catalogue.
var Flavor = crud.Resource[*vcenter.Client, flavorModel]{
	Name: "compute_flavor", Schema: flavorSchema, Plan: planFlavor, PlanUnconfigured: planFlavor,
	Create: createFlavor, Read: readFlavor, Update: updateFlavor, Delete: deleteFlavor, Import: importFlavor,
	Moves: flavorMoves, Adopt: createFlavor,
}

type flavorRequest = *crud.Request[*vcenter.Client, flavorModel]

func flavorSchema(context.Context) schema.Schema {
	size := func(text string, limit *openstack.Limit) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Required: true, Validators: []validator.Int64{crud.Within(limit)},
			PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()}}
	}
	extra := func(text string, limit *openstack.Limit) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Computed: true, Default: int64default.StaticInt64(0),
			Validators: []validator.Int64{crud.Within(limit)}, PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()}}
	}
	return schema.Schema{
		MarkdownDescription: "An instance type: how much CPU, memory and disk an instance gets, and under which rules. A flavor is a record in " +
			"the datacenter's catalogue, which every workspace on that datacenter shares; its name is attached to each of its instances as a " +
			"vSphere tag. A `moved` block makes one of an `openstack_compute_flavor_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The flavor's id, the same as `flavor_id`.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"flavor_id": schema.StringAttribute{MarkdownDescription: "An id of your own choice, unique in the datacenter. Without it the id " +
				"follows from the name.",
				Optional: true, Computed: true, Validators: []validator.String{crud.Within(&openstack.FlavorID)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIfConfigured(), stringplanmodifier.UseStateForUnknown()}},
			"name": schema.StringAttribute{MarkdownDescription: "The flavor's name, unique in the datacenter.", Required: true,
				Validators:    []validator.String{crud.Within(&openstack.FlavorName)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"description": schema.StringAttribute{MarkdownDescription: "What the flavor is for.", Optional: true},
			"region":      crud.Region(),
			"vcpus":       size("Number of virtual CPUs.", &openstack.FlavorVCPUs),
			"ram":         size("Memory in MB. An instance needs a multiple of 4.", &openstack.FlavorRAM),
			"disk":        size("Size of the root disk in GiB. 0 keeps the image's size.", &openstack.FlavorDisk),
			"ephemeral": extra("Size in GiB of the ephemeral disk that an instance gets beside its root disk: blank, and deleted with the "+
				"instance. Blank `block_device` blocks of the instance can split it into several.", &openstack.FlavorDisk),
			"swap": extra("Size in MB of the swap disk that an instance gets: blank, and deleted with the instance.", &openstack.FlavorSwap),
			"rx_tx_factor": schema.Float64Attribute{MarkdownDescription: "Kept as given. Nova's VMware driver ignores it, and so does this " +
				"provider.", Optional: true, Computed: true,
				Default: float64default.StaticFloat64(1), Validators: []validator.Float64{float64validator.AtLeast(0)}},
			"is_public": schema.BoolAttribute{MarkdownDescription: "Kept as given. Every flavor can be used by everyone on the datacenter: a " +
				"vCenter has no tenants.", Optional: true, Computed: true,
				Default: booldefault.StaticBool(false)},
			"extra_specs": schema.MapAttribute{MarkdownDescription: "Further rules, by the keys that Nova's VMware driver reads, for example " +
				"`quota:cpu_reservation` (MHz): see [Extra specs and image properties](../guides/extra-specs-and-image-properties.md). " +
				"A change reaches instances when they are next resized, as in Nova. Keys without a meaning here are kept, and named in a warning.",
				Optional: true, ElementType: types.StringType, Validators: []validator.Map{crud.Within(&openstack.ExtraSpecKey)}},
		},
	}
}

type flavorModel struct {
	ID          types.String  `tfsdk:"id"`
	FlavorID    types.String  `tfsdk:"flavor_id"`
	Name        types.String  `tfsdk:"name"`
	Description types.String  `tfsdk:"description"`
	VCPUs       types.Int64   `tfsdk:"vcpus"`
	RAM         types.Int64   `tfsdk:"ram"`
	Disk        types.Int64   `tfsdk:"disk"`
	Ephemeral   types.Int64   `tfsdk:"ephemeral"`
	Swap        types.Int64   `tfsdk:"swap"`
	RxTxFactor  types.Float64 `tfsdk:"rx_tx_factor"`
	IsPublic    types.Bool    `tfsdk:"is_public"`
	ExtraSpecs  types.Map     `tfsdk:"extra_specs"`
	Region      types.String  `tfsdk:"region"`
}

// planFlavor checks the extra specs, chooses the id, and announces the flavor to the instances of the same plan.
func planFlavor(ctx context.Context, req flavorRequest) error {
	client, plan, state := req.Client, req.Plan, req.State
	if plan.FlavorID.IsUnknown() && !plan.Name.IsUnknown() {
		plan.FlavorID = types.StringValue(catalogue.FlavorID(plan.Name.ValueString()))
	}
	plan.ID = plan.FlavorID
	if !crud.Known(plan.Name, plan.VCPUs, plan.RAM, plan.Disk, plan.ExtraSpecs) {
		return nil
	}
	leftover, err := vmspec.Ineffective(plan.flavor())
	if err != nil {
		return err
	}
	if state == nil || !state.flavor().Same(plan.flavor()) { // a present flavor may be foreign, and it must be possible to delete it
		if err := vmspec.Meant(plan.flavor()); err != nil {
			return err
		}
		for _, text := range vmspec.Unkept(plan.flavor()) {
			crud.WarnAt(ctx, path.Root("extra_specs"), "A CPU topology that cannot be", "The flavor "+plan.Name.ValueString()+": "+text)
		}
	}
	if len(leftover) > 0 {
		crud.WarnAt(ctx, path.Root("extra_specs"), "Extra specs without effect", fmt.Sprintf(
			"The flavor %s has extra specs that mean nothing on vSphere and will be kept without effect: %s.", plan.Name.ValueString(),
			strings.Join(leftover, ", ")))
	}
	if client == nil {
		return nil
	}
	var had flavorModel
	if state != nil {
		had = *state
	}
	if err := claimName(ctx, client, planned.NamedFlavor, plan.Name, had.ID, had.Name); err != nil {
		return err
	}
	client.Planned.Flavors.Expect(plan.flavor())
	return nil
}

func createFlavor(ctx context.Context, req flavorRequest) (*flavorModel, error) {
	client, m := req.Client, *req.Plan
	client.Planned.Flavors.Release(m.Name.ValueString())
	f, err := client.Flavors.Create(ctx, m.flavor())
	if err != nil {
		return nil, err
	}
	made := m.with(f)
	return &made, nil
}

func readFlavor(ctx context.Context, req flavorRequest) (*flavorModel, error) {
	client, m := req.Client, *req.State
	client.Planned.Flavors.Own(m.ID.ValueString())
	f, err := client.Flavors.Read(ctx, m.ID.ValueString())
	return crud.Result(m.with(f), err)
}

func updateFlavor(ctx context.Context, req flavorRequest) (*flavorModel, error) {
	client, plan := req.Client, *req.Plan
	f, err := client.Flavors.Update(ctx, plan.flavor())
	return crud.Result(plan.with(f), err)
}

func deleteFlavor(ctx context.Context, req flavorRequest) error {
	client, m := req.Client, *req.State
	return client.Flavors.Delete(ctx, m.ID.ValueString())
}

// importFlavor accepts an id or a name.
func importFlavor(ctx context.Context, req flavorRequest) (*flavorModel, error) {
	client, id := req.Client, req.ID
	f, err := client.Flavors.InCatalogue(ctx, id, "")
	if err != nil {
		if byName, failed := client.Flavors.InCatalogue(ctx, "", id); failed == nil {
			f, err = byName, nil
		}
	}
	return crud.Result(flavorModel{}.with(f), err)
}

func (m flavorModel) flavor() openstack.Flavor {
	return openstack.Flavor{ID: m.FlavorID.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueString(),
		VCPUs: m.VCPUs.ValueInt64(), RAM: m.RAM.ValueInt64(), Disk: m.Disk.ValueInt64(), Ephemeral: m.Ephemeral.ValueInt64(),
		Swap: m.Swap.ValueInt64(), RxTxFactor: m.RxTxFactor.ValueFloat64(), IsPublic: m.IsPublic.ValueBool(),
		ExtraSpecs: crud.StringMap(m.ExtraSpecs)}
}

func (m flavorModel) with(f openstack.Flavor) flavorModel {
	return flavorModel{ID: types.StringValue(f.ID), FlavorID: types.StringValue(f.ID), Name: types.StringValue(f.Name),
		Description: crud.KeepEmpty(m.Description, f.Description), VCPUs: types.Int64Value(f.VCPUs), RAM: types.Int64Value(f.RAM),
		Disk: types.Int64Value(f.Disk), Ephemeral: types.Int64Value(f.Ephemeral), Swap: types.Int64Value(f.Swap),
		RxTxFactor: types.Float64Value(f.RxTxFactor), IsPublic: types.BoolValue(f.IsPublic),
		ExtraSpecs: crud.KeepEmptyMap(m.ExtraSpecs, f.ExtraSpecs), Region: m.Region}
}
