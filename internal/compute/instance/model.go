package instance

import (
	"cmp"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

type instanceModel struct {
	instanceExtras
	ID              types.String   `tfsdk:"id"`
	Name            types.String   `tfsdk:"name"`
	Description     types.String   `tfsdk:"description"`
	Region          types.String   `tfsdk:"region"`
	FlavorID        types.String   `tfsdk:"flavor_id"`
	FlavorName      types.String   `tfsdk:"flavor_name"`
	ImageID         types.String   `tfsdk:"image_id"`
	ImageName       types.String   `tfsdk:"image_name"`
	KeyPair         types.String   `tfsdk:"key_pair"`
	UserData        types.String   `tfsdk:"user_data"`
	ReplaceOnChange types.Bool     `tfsdk:"user_data_replace_on_change"`
	ConfigDrive     types.Bool     `tfsdk:"config_drive"`
	AdminPass       types.String   `tfsdk:"admin_pass"`
	AdminPassWO     types.String   `tfsdk:"admin_pass_wo"` // in the configuration only
	AdminPassWOVer  types.Int64    `tfsdk:"admin_pass_wo_version"`
	Metadata        types.Map      `tfsdk:"metadata"`
	Tags            types.Set      `tfsdk:"tags"`
	SecurityGroups  types.Set      `tfsdk:"security_groups"`
	Zone            types.String   `tfsdk:"availability_zone"`
	ZoneHints       types.String   `tfsdk:"availability_zone_hints"`
	Hypervisor      types.String   `tfsdk:"hypervisor_hostname"`
	Host            types.String   `tfsdk:"host"`
	LiveMigration   types.Bool     `tfsdk:"allow_live_migration"`
	PowerState      types.String   `tfsdk:"power_state"`
	WaitForIP       types.String   `tfsdk:"wait_for_ip"`
	WaitForInit     types.String   `tfsdk:"wait_for_cloud_init"`
	StopFirst       types.Bool     `tfsdk:"stop_before_destroy"`
	ForceDelete     types.Bool     `tfsdk:"force_delete"`
	VCPUs           types.Int64    `tfsdk:"vcpus"`
	Cores           types.Int64    `tfsdk:"cores_per_socket"`
	RAM             types.Int64    `tfsdk:"ram"`
	Disk            types.Int64    `tfsdk:"disk"`
	CPUAllocation   types.Object   `tfsdk:"cpu_allocation"`
	RAMAllocation   types.Object   `tfsdk:"memory_allocation"`
	AccessIPv4      types.String   `tfsdk:"access_ip_v4"`
	AccessIPv6      types.String   `tfsdk:"access_ip_v6"`
	AllMetadata     types.Map      `tfsdk:"all_metadata"`
	AllTags         types.Set      `tfsdk:"all_tags"`
	VolumesAttached types.Set      `tfsdk:"volumes_attached"`
	ParentDisks     types.Set      `tfsdk:"parent_disks"`
	Created         types.String   `tfsdk:"created"`
	Updated         types.String   `tfsdk:"updated"`
	Network         types.List     `tfsdk:"network"` // unknown where a dynamic block's for_each is: see networks
	BlockDevice     types.List     `tfsdk:"block_device"`
	Personality     types.List     `tfsdk:"personality"`
	SchedulerHints  types.Set      `tfsdk:"scheduler_hints"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

// flavorField is the argument that names the flavor. A plan holds both, unless the flavor is not known yet.
func (m instanceModel) flavorField() string {
	if m.FlavorName.ValueString() == "" {
		return "flavor_id"
	}
	return "flavor_name"
}

// imageField is the argument that names the image, likewise.
func (m instanceModel) imageField() string {
	if m.ImageID.ValueString() == "" {
		return "image_name"
	}
	return "image_id"
}

// atFlavor moves an error about an extra spec to where the instance names the flavor that has it.
func (m instanceModel) atFlavor(f openstack.Flavor, err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && field.Field == "extra_specs" {
		return openstack.AttributeErrorf(m.flavorField(), "the flavor %s cannot be used: %w", f.Name, err)
	}
	return err
}

// atFlavorField moves an error about a new flavor to where the instance names it.
func (m instanceModel) atFlavorField(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && field.Field == "flavor_id" {
		return openstack.AttributeErrorf(m.flavorField(), "%w", field.Err)
	}
	return err
}

// atImage moves an error about the image to where the instance names it.
func (m instanceModel) atImage(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && field.Field == "image_id" {
		return openstack.AttributeErrorf(m.imageField(), "%w", field.Err)
	}
	return err
}

// spec is the instance that the model asks for. The flavor, image and networks are names only.
func (m instanceModel) spec() openstack.ServerSpec {
	return openstack.ServerSpec{
		Name: m.Name.ValueString(), Description: m.Description.ValueString(), ImageID: m.ImageID.ValueString(),
		ImageName: m.ImageName.ValueString(), Flavor: openstack.Flavor{ID: m.FlavorID.ValueString(), Name: m.FlavorName.ValueString()},
		KeyPair: m.KeyPair.ValueString(), UserData: vmspec.DecodeUserData(m.UserData.ValueString()), Metadata: crud.StringMap(m.Metadata),
		Tags: crud.Strings(m.Tags), PowerState: m.power(), NICs: m.nics(), ConfigDrive: m.ConfigDrive.ValueBool(),
		SecurityGroups: crud.Strings(m.SecurityGroups), Zone: m.Zone.ValueString(), Hypervisor: m.Hypervisor.ValueString(),
		Hints: hintsOf(m), BlockDevices: blockDevices(m.BlockDevice), Personality: personality(m.Personality),
		AnnounceEnd: m.WaitForInit.ValueString() != "",
	}
}

// power is the power state, which is active where none is written.
func (m instanceModel) power() string { return cmp.Or(m.PowerState.ValueString(), openstack.Active) }

// nics are the NICs of the network blocks, as far as they are known.
func (m instanceModel) nics() (out []openstack.NIC) {
	for _, n := range networks(m.Network) {
		out = append(out, openstack.NIC{NetworkID: n.UUID.ValueString(), NetworkName: n.Name.ValueString(), Port: n.Port.ValueString(),
			MAC:    n.MAC.ValueString(),
			Access: n.Access.ValueBool()})
	}
	return out
}

// with is the model brought up to what the instance is. Addresses that the guest does not report (any more) stay as last known.
func (m instanceModel) with(s openstack.Server) instanceModel {
	m.ID, m.Name, m.Description = types.StringValue(s.ID), types.StringValue(s.Name), crud.KeepEmpty(m.Description, s.Description)
	m.FlavorID, m.FlavorName = crud.Written(m.FlavorID, s.Flavor.ID), crud.Written(m.FlavorName, s.Flavor.Name)
	m.ImageID, m.ImageName = crud.Written(m.ImageID, s.ImageID), crud.Written(m.ImageName, s.ImageName)
	m.KeyPair = crud.KeepEmpty(m.KeyPair, s.KeyPair)
	if m.UserData.IsNull() && s.UserData != "" { // an import; otherwise what the user wrote stays, in the form he wrote it
		m.UserData = types.StringValue(s.UserData)
	}
	m.Metadata, m.Tags = crud.KeepEmptyMap(m.Metadata, s.Metadata), crud.KeepEmptySet(m.Tags, s.Tags)
	m.AllMetadata, m.AllTags = crud.MapOf(s.Metadata), crud.SetOf(s.Tags)
	if s.PowerState != openstack.Active || !crud.WrittenEmpty(m.PowerState) { // "" is active
		m.PowerState = types.StringValue(s.PowerState)
	}
	m.SecurityGroups = groupsWith(m.SecurityGroups, s.SecurityGroups)
	m.Zone, m.Host = crud.Written(m.Zone, cmp.Or(s.ActualZone, s.Zone, inventory.DefaultZone)), types.StringValue(s.Host)
	if m.Hypervisor.IsNull() || m.Hypervisor.IsUnknown() { // what is written stays: see showRequestedNode
		m.Hypervisor = types.StringValue(s.Hypervisor)
	}
	if m.LiveMigration.IsNull() || m.LiveMigration.IsUnknown() { // an import
		m.LiveMigration = types.BoolValue(false)
	}
	if m.ConfigDrive.IsNull() || m.ConfigDrive.IsUnknown() || !s.Recorded || s.Unfinished { // before, it is what the machine has
		m.ConfigDrive = types.BoolValue(s.ConfigDrive)
	}
	m.BlockDevice = blockDevicesWith(m.BlockDevice, s.BlockDevices)
	m.SchedulerHints = hintsWith(m.SchedulerHints, s.Hints)
	m.instanceExtras = m.typed()
	m.Cores = types.Int64Value(s.Cores)
	m.CPUAllocation, m.RAMAllocation = allocationValue(s.CPU), allocationValue(s.Memory)
	m.VCPUs, m.RAM, m.Disk = types.Int64Value(s.VCPUs), types.Int64Value(s.RAM), types.Int64Value(s.Disk)
	m.AccessIPv4, m.AccessIPv6 = types.StringValue(cmp.Or(s.AccessIPv4, m.AccessIPv4.ValueString())),
		types.StringValue(cmp.Or(s.AccessIPv6, m.AccessIPv6.ValueString()))
	m.Created, m.Updated = crud.TimeValue(s.Created), crud.TimeValue(s.Updated)
	m.Network = networkList(networksWith(networks(m.Network), s.Plugged()))
	m.VolumesAttached, m.ParentDisks = crud.SetOf(s.VolumesAttached), crud.SetOf(s.ParentDisks)
	if !s.Recorded {
		return m.emptyForNull()
	}
	return m
}

// groupsWith shows the groups that are recorded; a machine that was made before they were recorded keeps what was written.
func groupsWith(was types.Set, now []string) types.Set {
	if len(now) == 0 {
		return was
	}
	return crud.SetOf(now)
}

var allocationTypes = map[string]attr.Type{"limit": types.Int64Type, "reservation": types.Int64Type,
	"shares_level": types.StringType, "shares_share": types.Int64Type}

func allocationValue(a openstack.Allocation) types.Object {
	return types.ObjectValueMust(allocationTypes, map[string]attr.Value{"limit": types.Int64Value(a.Limit),
		"reservation":  types.Int64Value(a.Reservation),
		"shares_level": types.StringValue(a.Level), "shares_share": types.Int64Value(a.Shares)})
}
