// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

const (
	defaultWait     = "5m"
	instanceTimeout = 30 * time.Minute // as in the OpenStack provider
)

func instanceSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		Version: instanceVersion,
		MarkdownDescription: "An instance: a virtual machine as Nova's VMware driver would make it, cloned from an image with a flavor's CPU, " +
			"memory, disk and rules. Flavor and key pair are looked up in the datacenter's catalogue, and where they are not in it and the " +
			"provider has a block `openstack`, in OpenStack; an image must be in the vCenter. Changing `name`, `description`, `flavor_id`, " +
			"`flavor_name`, `network`, `metadata`, `tags`, `security_groups` or `power_state` changes the instance in place; a change of flavor " +
			"says in the plan whether the instance must be shut down for it. Another image, key pair, user data, personality, config drive or " +
			"block device makes another instance. A machine that Nova or somebody else made is imported as it is described: nothing is written on " +
			"it, and what cannot be read off it may be written as it was (key pair, user data, metadata, image, and a flavor of the same size). " +
			"Another value of these is no change either, until something else about the machine changes: then they are recorded as they are " +
			"written, with a warning, and bind from then on. What somebody changes in the vCenter (CPU, memory, their allocation, NICs, power " +
			"state) shows in the plan, and an apply puts it back; on which host of its cluster the machine runs, and on which datastore, does " +
			"not. An empty string means unset. A `moved` block makes one of an `openstack_compute_instance_v2` or a `vsphere_virtual_machine`, " +
			"without a change to the machine: see [From vsphere_virtual_machine to an instance](../guides/leaving-vsphere-virtual-machine.md).",
		Attributes: instanceAttributes(),
		Blocks: map[string]schema.Block{
			"network":         networkBlock(),
			"block_device":    blockDeviceBlock(),
			"personality":     personalityBlock(),
			"scheduler_hints": schedulerHintsBlock(),
			"vendor_options":  vendorOptionsBlock(),
			"timeouts":        timeouts.Block(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

// instanceAttributes returns an instance's attributes, without its blocks.
func instanceAttributes() map[string]schema.Attribute {
	all := madeOf()
	maps.Copy(all, placedAndRun())
	maps.Copy(all, observed())
	return all
}

// computed returns a read-only text, whose state is planned to stay.
func computed(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Computed: true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
}

// number returns a read-only number, whose state is planned to stay.
func number(text string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: text, Computed: true,
		PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}}
}

// chosen returns a text that is read where it is not written.
func chosen(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
}

// files returns a read-only set of texts, whose state is planned to stay.
func files(text string) schema.SetAttribute {
	return schema.SetAttribute{MarkdownDescription: text, Computed: true, ElementType: types.StringType,
		PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()}}
}

// madeOf returns the arguments about what an instance is made of, and what its guest is told.
func madeOf() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": computed("The instance's UUID, which is the VM's instance UUID."),
		"name": schema.StringAttribute{MarkdownDescription: "The instance's name: the VM's name, and at creation the guest's host name. " +
			"Unique in its folder.", Required: true,
			Validators: []validator.String{crud.Within(&openstack.InstanceName)}},
		"description": schema.StringAttribute{MarkdownDescription: "What the instance is for.", Optional: true, Computed: true},
		"region":      crud.Region(),
		"flavor_id":   chosen("The flavor's id. One of `flavor_id` and `flavor_name` is needed."),
		"flavor_name": chosen("The flavor's name."),
		"image_id": chosen("The image's id. One of `image_id` and `image_name` is needed, or a `block_device` with a root disk. Another " +
			"image is another instance. Beside a volume that the instance boots from both have no effect."),
		"image_name": chosen("The image's name. An image that is renamed or deleted later changes nothing."),
		"key_pair": schema.StringAttribute{MarkdownDescription: "The name of the key pair whose public key the guest gets.",
			Optional: true, Computed: true},
		"user_data": schema.StringAttribute{MarkdownDescription: "What cloud-init runs at the first boot, as text, base64, or base64 of " +
			"gzip. It is readable in the vCenter by whoever may see the VM's advanced parameters. At most 64 KiB once compressed and encoded. " +
			"A change makes another instance, unless `user_data_replace_on_change` is false.", Optional: true, Computed: true},
		"user_data_wo": schema.StringAttribute{MarkdownDescription: "As `user_data`, but never kept in plan or state, and never read back " +
			"from the vCenter, by an import or a data source either. It takes ephemeral values. Needs `user_data_wo_version`, and Terraform 1.11 " +
			"or OpenTofu 1.11.", Optional: true, Sensitive: true, WriteOnly: true},
		"user_data_wo_version": schema.Int64Attribute{MarkdownDescription: "Counts the versions of `user_data_wo`: another number does what " +
			"other `user_data` does, and while it stays another `user_data_wo` has no effect. Where the same text moves from `user_data` to " +
			"`user_data_wo`, the instance stays.", Optional: true},
		"user_data_replace_on_change": schema.BoolAttribute{MarkdownDescription: "Whether other `user_data`, or another " +
			"`user_data_wo_version`, makes another instance. Unset: true. With false the instance keeps running and is handed the new data, which " +
			"cloud-init runs once it is told to start over (`cloud-init clean`). Not known to the OpenStack provider.", Optional: true},
		"config_drive": schema.BoolAttribute{MarkdownDescription: "Attach an ISO image in OpenStack's layout (label `config-2`), so that " +
			"images made for OpenStack and cloudbase-init find their metadata. Otherwise the guest is told through `guestinfo` alone. An image " +
			"with `img_config_drive=mandatory` always gets one.", Optional: true, Computed: true,
			PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()}},
		"admin_pass": schema.StringAttribute{MarkdownDescription: "The administrator's password. It is kept in the state; `admin_pass_wo` is " +
			"not. A Linux guest is handed a salted SHA-512 hash for `root`, never the password. A Windows guest reads the password itself, from " +
			"the config drive only: `config_drive` must be true, and whoever may read the VM's files on its datastore can read it. An image with " +
			"`novasphere_guest_customization = windows` has it from Sysprep instead. A change after creation has no effect on the guest, and a " +
			"warning says so.", Optional: true, Computed: true, Sensitive: true,
			Validators: []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("admin_pass_wo"))}},
		"admin_pass_wo": schema.StringAttribute{MarkdownDescription: "As `admin_pass`, but never kept in plan or state. Needs " +
			"Terraform 1.11 or OpenTofu 1.11.", Optional: true, Sensitive: true, WriteOnly: true},
		"admin_pass_wo_version": schema.Int64Attribute{MarkdownDescription: "Counts the versions of `admin_pass_wo`. A change after " +
			"creation has no effect on the guest, and a warning says so.", Optional: true},
		"metadata": schema.MapAttribute{MarkdownDescription: "Key/value pairs, kept with the instance and handed to cloud-init as `meta`. " +
			"The guest sees a change the next time cloud-init reads it; a config drive keeps what it was made with.",
			Optional: true, Computed: true, ElementType: types.StringType, Validators: []validator.Map{crud.Within(&openstack.MetadataKey,
				&openstack.MetadataCount)}},
		"tags": schema.SetAttribute{MarkdownDescription: "The instance's tags, kept with the instance. They are not vSphere tags in this " +
			"version.", Optional: true, Computed: true, ElementType: types.StringType,
			Validators: []validator.Set{crud.Within(&openstack.Tag, &openstack.TagCount)}},
		"security_groups": schema.SetAttribute{MarkdownDescription: "The names of the security groups of the ports that are made for the " +
			"instance's `network` blocks; a port that a block names has groups of its own. A group's id is taken too. They need addresses to " +
			"filter by: networks with subnets. `[\"default\"]` and none at all mean no filter, or with the provider's `security_groups = " +
			"\"nsx\"` or " +
			"`\"physical\"` the project's group `default`, as in OpenStack. Changed in place.", Optional: true,
			Computed: true, ElementType: types.StringType},
	}
}

// placedAndRun returns the arguments about an instance's place, its start and its end.
func placedAndRun() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"availability_zone": schema.StringAttribute{MarkdownDescription: "The zone: one of the provider's `availability_zone` blocks, or " +
			"`nova`, which always exists and is what the provider's own arguments describe. Unset: `nova`. A change replaces the instance, " +
			"unless `allow_live_migration` is true. vMotion within the zone is no change; an instance that somebody moved to the cluster of " +
			"another zone shows that one, and is moved back by the next apply where `allow_live_migration` is true, else left there.",
			Optional: true, Computed: true,
			Default: stringdefault.StaticString(inventory.DefaultZone)},
		"availability_zone_hints": schema.StringAttribute{MarkdownDescription: "As `availability_zone`.", Optional: true},
		"hypervisor_hostname": chosen("The compute node: its name as Nova's driver has it, the cluster's managed object id, a dot, and " +
			"the vCenter's UUID; or an ESX host's name, which is where the instance is made. Unset: the zone's cluster, in which vCenter " +
			"chooses the host. Without `availability_zone` the zone follows from it. A change replaces the instance, unless " +
			"`allow_live_migration` is true. What is written stays while DRS moves the instance within its cluster."),
		"host": computed("The ESX host that the instance is on. It changes by vMotion, which is no change of the instance."),
		"allow_live_migration": schema.BoolAttribute{MarkdownDescription: "Whether another `availability_zone` or `hypervisor_hostname` " +
			"moves the instance instead of making another one: by vMotion where it runs, with its disks where its datastore is none of the " +
			"zone's. It keeps its UUID, MAC addresses, ports and addresses, so its networks must be there too; the plan refuses a move to hosts " +
			"that have not got them. The rule that binds it to a zone's host (`zone:host`) is taken away for the move and set anew where it goes " +
			"to; where the vCenter refuses the move, it is put back. A flavor that chooses hosts by aggregates needs one in the other cluster, " +
			"and instances with `scheduler_hints` stay in their cluster: both are errors of the plan. The plan says whether the instance is moved " +
			"or replaced. Unset: false. Not known to the OpenStack provider. vMotion itself, its licence, its network and the CPUs' compatibility " +
			"(EVC) have not been tried on a real vCenter, nor the order of rule and move.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false)},
		"network_mode": networkModeAttribute(),
		"power_state": schema.StringAttribute{MarkdownDescription: "`active`, `shutoff` (the guest is asked first), `suspended` or " +
			"`shelved_offloaded` (shut off, and recorded as put away: its files stay, it takes no CPU and no memory). Unset: `active`. " +
			"An instance that somebody turned off is turned on again by the next apply. A suspended instance cannot be resized.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(openstack.Active)},
		"wait_for_ip": schema.StringAttribute{MarkdownDescription: "How long creation waits until the guest reports an address, for example " +
			"`90s`. Unset: `5m`. `0s` does not wait. Where none comes in time the instance is there all the same, and a warning says so. Not " +
			"known to the OpenStack provider.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultWait), Validators: []validator.String{durationValidator{}},
			PlanModifiers: []planmodifier.String{keepImported{}}},
		"wait_for_cloud_init": schema.StringAttribute{MarkdownDescription: "How long creation waits until cloud-init has ended in the guest, " +
			"for example `10m`. Unset: it does not wait. The guest needs cloud-init and VMware Tools; it is told by vendor data to report its " +
			"end. Where cloud-init fails, or does not end in time, the instance is there all the same, and a warning says so. Not known to the " +
			"OpenStack provider.",
			Optional: true, Validators: []validator.String{durationValidator{}}},
		"stop_before_destroy": schema.BoolAttribute{MarkdownDescription: "Ask the guest to shut itself down before the instance is " +
			"destroyed. Otherwise it is powered off, as Nova does.", Optional: true},
		"force_delete": schema.BoolAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no soft deletion.",
			Optional: true, Computed: true},
	}
}

// observed returns the read-only attributes.
func observed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"vcpus":             number("Number of virtual CPUs, by the flavor."),
		"cores_per_socket":  number("Number of cores per socket, by flavor and image."),
		"ram":               number("Memory in MB, by the flavor."),
		"disk":              number("Size of the root disk in GiB."),
		"cpu_allocation":    allocationAttribute("CPU", "MHz"),
		"memory_allocation": allocationAttribute("memory", "MB"),
		"access_ip_v4":      computed("The first IPv4 address that the guest reports, of the NIC with `access_network` or of any."),
		"access_ip_v6":      computed("The first IPv6 address that the guest reports, likewise."),
		"all_metadata": schema.MapAttribute{MarkdownDescription: "All metadata of the instance.", Computed: true,
			ElementType: types.StringType},
		"all_tags": schema.SetAttribute{MarkdownDescription: "All tags of the instance.", Computed: true,
			ElementType: types.StringType},
		"volumes_attached": files("The ids of the volumes that Nova attached to an imported instance. Their disks are not the instance's " +
			"own: they stay attached, and are detached, never deleted, before it is destroyed."),
		"parent_disks": files("The files outside the instance's own folder, of an image or of Nova's image cache, that its disks " +
			"are linked clones of. As long as the instance has them they must stay, and other instances may have the same. Empty where its disks " +
			"are whole."),
		"created": computed("When it was made, RFC 3339."),
		"updated": schema.StringAttribute{MarkdownDescription: "When Terraform last changed it, RFC 3339.", Computed: true},
	}
}

// allocationAttribute returns the attribute for the VM's reservation, limit and shares of a resource.
func allocationAttribute(what, unit string) schema.SingleNestedAttribute {
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Computed: true}
	}
	return schema.SingleNestedAttribute{MarkdownDescription: "How much " + what + " the VM is guaranteed and allowed, by the flavor.",
		Computed:      true,
		PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"limit":        number("At most so much, in " + unit + ". -1 is no limit."),
			"reservation":  number("At least so much, in " + unit + "."),
			"shares_level": schema.StringAttribute{MarkdownDescription: "Relative weight: `low`, `normal`, `high` or `custom`.", Computed: true},
			"shares_share": number("The weight where the level is `custom`, else 0."),
		}}
}

// keepImported leaves a creation argument empty on an imported instance, where it has no effect.
type keepImported struct{}

// Description describes the modifier.
func (keepImported) Description(context.Context) string {
	return "Has no effect on an imported instance."
}

// MarkdownDescription describes the modifier.
func (k keepImported) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

// PlanModifyString keeps the empty value unless another is written, because Terraform requires what is written.
func (keepImported) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.State.Raw.IsNull() && req.StateValue.IsNull() && req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}

// StateOnly marks that the modifier does nothing in the plan of a new resource.
func (keepImported) StateOnly() {}

// durationValidator accepts the durations of time.ParseDuration that are not negative.
type durationValidator struct{}

// Description describes the accepted values.
func (durationValidator) Description(context.Context) string {
	return "must be a duration such as 90s or 5m"
}

// MarkdownDescription describes the accepted values.
func (d durationValidator) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

// ValidateString refuses any other text.
func (durationValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || d < 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration", req.Path.String()+": "+req.ConfigValue.String()+" is not a duration: "+
			"write for example 90s or 5m; 0s does not wait.")
	}
}

func networkModeAttribute() schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "`none`: the instance has no network, as without any `network` block, which it " +
		"contradicts. `auto` is refused at plan: a vCenter has nobody to choose a network.",
		Optional: true, Validators: []validator.String{stringvalidator.OneOf(model.NetworkAuto, model.NetworkNone)}}
}

// emptyModel returns an instance without values, which an import or a move fills in.
func emptyModel() (m model.Instance, err error) {
	ctx := context.Background()
	s := instanceSchema(ctx)
	state := tfsdk.State{Schema: s, Raw: tftypes.NewValue(s.Type().TerraformType(ctx), nil)}
	diags := state.SetAttribute(ctx, path.Root("id"), "")
	if diags.Append(state.Get(ctx, &m)...); diags.HasError() {
		return m, fmt.Errorf("%s", diags.Errors()[0].Detail())
	}
	return m, nil
}
