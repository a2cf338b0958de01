// SPDX-License-Identifier: MPL-2.0

// Package model holds the instance as Terraform sees it: the models of its schema and blocks, their translation from and to a server, and
// private state.
package model

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Instance is compute_instance in a configuration, a plan or a state.
type Instance struct {
	Extras
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
	UserDataWO      types.String   `tfsdk:"user_data_wo"` // in the configuration only
	UserDataWOVer   types.Int64    `tfsdk:"user_data_wo_version"`
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
	Network         types.List     `tfsdk:"network"` // unknown where the for_each of a dynamic block is: see Networks
	BlockDevice     types.List     `tfsdk:"block_device"`
	Personality     types.List     `tfsdk:"personality"`
	SchedulerHints  types.Set      `tfsdk:"scheduler_hints"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}
