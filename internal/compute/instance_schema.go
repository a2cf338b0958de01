package compute

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

const (
	defaultWait     = "5m"
	instanceTimeout = 30 * time.Minute // the OpenStack provider's
	longestVMName   = 80               // characters, a limit of vCenter
)

func instanceSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "An instance: a virtual machine as Nova's VMware driver would make it, cloned from an image with a flavor's CPU, memory, disk and rules. " +
			"Changing `name`, `description`, `flavor_id`, `flavor_name`, `metadata`, `tags` or `power_state` changes the instance in place; a change of flavor says in the plan whether the instance must be shut down for it. " +
			"A machine that this provider did not make can be imported: its `image_id`, `image_name`, `key_pair` and `user_data` are then recorded as they are first written, and change nothing on it.",
		Attributes: instanceAttributes(),
		Blocks: map[string]schema.Block{
			"network":  networkBlock(),
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

func instanceAttributes() map[string]schema.Attribute {
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}}
	}
	chosen := func(text string, more ...planmodifier.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true, PlanModifiers: append(more, stringplanmodifier.UseStateForUnknown())}
	}
	return map[string]schema.Attribute{
		"id": computed("The instance's UUID, which is the VM's instance UUID."),
		"name": schema.StringAttribute{MarkdownDescription: "The instance's name: the VM's name, and at creation the guest's host name. Unique in its folder.", Required: true,
			Validators: []validator.String{stringvalidator.LengthBetween(1, longestVMName)}},
		"description": schema.StringAttribute{MarkdownDescription: "What the instance is for.", Optional: true},
		"flavor_id":   chosen("The flavor's id. One of `flavor_id` and `flavor_name` is needed."),
		"flavor_name": chosen("The flavor's name."),
		"image_id":    chosen("The image's id. One of `image_id` and `image_name` is needed. Another image is another instance.", replaceUnless("an empty one says nothing", sameOrEmpty)),
		"image_name":  chosen("The image's name.", replaceUnless("an empty one says nothing", sameOrEmpty)),
		"key_pair": schema.StringAttribute{MarkdownDescription: "The name of the key pair whose public key the guest gets.", Optional: true,
			PlanModifiers: []planmodifier.String{replaceUnless("an empty key_pair is no key_pair", func(a, b string) bool { return a == b })}},
		"user_data": schema.StringAttribute{MarkdownDescription: "What cloud-init runs at the first boot, as text, base64, or base64 of gzip. It is readable in the vCenter by whoever may see the VM's advanced parameters. At most 64 KiB once compressed and encoded.",
			Optional: true, PlanModifiers: []planmodifier.String{replaceModifier{"the same data in another encoding is no change", sameUserData, recordedUserData}}},
		"metadata": schema.MapAttribute{MarkdownDescription: "Key/value pairs, kept with the instance and handed to cloud-init as `meta`. The guest sees a change the next time cloud-init reads it.",
			Optional: true, ElementType: types.StringType},
		"tags": schema.SetAttribute{MarkdownDescription: "The instance's tags, kept with the instance. They are not vSphere tags in this version.", Optional: true, ElementType: types.StringType},
		"security_groups": schema.SetAttribute{MarkdownDescription: "Accepted as `[\"default\"]` only, which means no filter: security groups are not there yet.", Optional: true, ElementType: types.StringType,
			Validators: []validator.Set{setvalidator.ValueStringsAre(stringvalidator.OneOf("default"))}},
		"power_state": schema.StringAttribute{MarkdownDescription: "`active`, `shutoff` (the guest is asked first) or `suspended`. Unset: `active`. An instance that somebody turned off is turned on again by the next apply. A suspended instance cannot be resized.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(openstack.Active),
			Validators: []validator.String{stringvalidator.OneOf(openstack.Active, openstack.Shutoff, openstack.Suspended)}},
		"wait_for_ip": schema.StringAttribute{MarkdownDescription: "How long creation waits until the guest reports an address, for example `90s`. Unset: `5m`. `0s` does not wait. " +
			"Where none comes in time the instance is there all the same, and a warning says so. Not known to the OpenStack provider.",
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultWait), Validators: []validator.String{durationValidator{}},
			PlanModifiers: []planmodifier.String{keepImported{}}},
		"stop_before_destroy": schema.BoolAttribute{MarkdownDescription: "Ask the guest to shut itself down before the instance is destroyed. Otherwise it is powered off, as Nova does.", Optional: true},
		"force_delete":        schema.BoolAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no soft deletion.", Optional: true},
		"vcpus":               number("Number of virtual CPUs, by the flavor."),
		"ram":                 number("Memory in MB, by the flavor."),
		"disk":                number("Size of the root disk in GiB."),
		"access_ip_v4":        computed("The first IPv4 address that the guest reports, of the NIC with `access_network` or of any."),
		"access_ip_v6":        computed("The first IPv6 address that the guest reports, likewise."),
		"all_metadata":        schema.MapAttribute{MarkdownDescription: "All metadata of the instance.", Computed: true, ElementType: types.StringType},
		"all_tags":            schema.SetAttribute{MarkdownDescription: "All tags of the instance.", Computed: true, ElementType: types.StringType},
		"created":             computed("When it was made, RFC 3339."),
		"updated":             schema.StringAttribute{MarkdownDescription: "When Terraform last changed it, RFC 3339.", Computed: true},
	}
}

func networkBlock() schema.ListNestedBlock {
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	chosen := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	return schema.ListNestedBlock{
		MarkdownDescription: "A NIC, in the order of the blocks. Without any the instance has no network. A change of networks makes another instance, as do blocks whose number is only known after apply.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"uuid":           chosen("The network's id. One of `uuid` and `name` is needed."),
			"name":           chosen("The network's name."),
			"port":           computed("The port's id, which the VM knows as `nvp.iface-id`."),
			"mac":            computed("The NIC's address."),
			"fixed_ip_v4":    computed("The first IPv4 address that the guest reports on this NIC. It cannot be chosen in this version."),
			"fixed_ip_v6":    computed("The first IPv6 address that the guest reports on this NIC."),
			"access_network": schema.BoolAttribute{MarkdownDescription: "Take `access_ip_v4` and `access_ip_v6` from this NIC.", Optional: true},
		}},
	}
}

func sameOrEmpty(a, b string) bool { return a == b || b == "" }

// recordedUserData says that the value is what the instance was made with.
func recordedUserData(a aside, value string) bool {
	sum := sha256.Sum256([]byte(vmspec.DecodeUserData(value)))
	return a.UserData != "" && a.UserData == hex.EncodeToString(sum[:])
}

func sameUserData(a, b string) bool {
	return vmspec.DecodeUserData(a) == vmspec.DecodeUserData(b)
}

// replaceModifier replaces the instance when a string changes, unless the two mean the same: then the old one stays. Of an
// instance without a record nobody knows what it was made from, and what is written is taken for true.
type replaceModifier struct {
	because  string
	same     func(a, b string) bool
	recorded func(a aside, value string) bool // optional: what the state lacks is known to be this
}

func replaceUnless(because string, same func(a, b string) bool) planmodifier.String {
	return replaceModifier{because: because, same: same}
}

// Description says what the modifier does.
func (m replaceModifier) Description(context.Context) string {
	return "A change replaces the instance; " + m.because + "."
}

// MarkdownDescription says what the modifier does.
func (m replaceModifier) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyString compares the plan with the state.
func (m replaceModifier) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() || req.PlanValue.Equal(req.StateValue) {
		return
	}
	if !req.PlanValue.IsUnknown() && req.StateValue.IsNull() && m.recorded != nil && m.recorded(readAside(ctx, req.Private), req.PlanValue.ValueString()) {
		return // an import that could not read it back: it is what the instance was made with
	}
	if !req.PlanValue.IsUnknown() && m.same(req.StateValue.ValueString(), req.PlanValue.ValueString()) {
		if !req.ConfigValue.IsNull() && !req.StateValue.IsNull() { // between nothing and "" Terraform insists on what is written
			resp.PlanValue = req.StateValue
		}
		return
	}
	var was instanceModel
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("image_id"), &was.ImageID)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("image_name"), &was.ImageName)...)
	resp.RequiresReplace = !was.unrecorded()
}

// keepImported leaves an argument of creation empty on an instance that was imported: there is nothing to do for it.
type keepImported struct{}

// Description says what the modifier does.
func (keepImported) Description(context.Context) string {
	return "Has no effect on an imported instance."
}

// MarkdownDescription says what the modifier does.
func (k keepImported) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

// PlanModifyString keeps the empty value, unless another is written: Terraform insists on what is written.
func (keepImported) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.State.Raw.IsNull() && req.StateValue.IsNull() && req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}

// durationValidator accepts what time.ParseDuration does, from zero up.
type durationValidator struct{}

// Description says what is accepted.
func (durationValidator) Description(context.Context) string {
	return "must be a duration such as 90s or 5m"
}

// MarkdownDescription says what is accepted.
func (d durationValidator) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

// ValidateString refuses everything else.
func (durationValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || d < 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration", req.Path.String()+": "+req.ConfigValue.String()+" is not a duration: write for example 90s or 5m; 0s does not wait.")
	}
}
