// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// instanceMoves convert states of other providers. Nova's UUID is the VM's instance UUID; the vSphere provider identifies a VM by its
// BIOS UUID and its managed object id, before schema 2 by its inventory path with the UUID beside it. The first refresh reads the VM as
// after an import; values that it does not show stay as the other provider knew them.
var instanceMoves = []crud.StateMove[model.Instance]{
	{From: "openstack_compute_instance_v2", Convert: instanceFromPriorState},
	{From: vsphereVM, Newest: 3, Keys: []string{"moid", "uuid"}, Convert: machineFromPriorState},
}

const vsphereVM = "vsphere_virtual_machine"

func instanceFromPriorState(old crud.PriorState) (model.Instance, error) {
	m, err := emptyModel()
	m.ID, m.Name, m.Region = types.StringValue(strings.ToLower(old.Text("id").ValueString())), old.Text("name"), old.Text("region")
	m.FlavorID, m.FlavorName, m.ImageID, m.ImageName = old.Text("flavor_id"), old.Text("flavor_name"), imageFromPriorState(old,
		"image_id"), imageFromPriorState(old, "image_name")
	m.KeyPair, m.UserData, m.AdminPass = old.Text("key_pair"), old.Text("user_data"), old.Text("admin_pass")
	m.ConfigDrive, m.Metadata, m.Tags, m.SecurityGroups = old.Bool("config_drive"), old.Map("metadata"), old.Set("tags"),
		old.Set("security_groups")
	m.AllMetadata, m.AllTags = old.Map("all_metadata"), old.Set("all_tags")
	m.ZoneHints, m.StopFirst, m.ForceDelete = old.Text("availability_zone_hints"), old.Only(true, "stop_before_destroy"),
		old.Or("force_delete", false)
	m.Timeouts = timeouts.Value{Object: old.Timeouts("create", "update", "delete")}
	m.Extras = extrasFromPriorState(old)
	return m, err
}

// imageFromPriorState reads an argument about the image. For an instance that boots from a volume the OpenStack provider stores a remark
// in it.
func imageFromPriorState(old crud.PriorState, name string) types.String {
	if text := old.Text(name); !strings.HasPrefix(text.ValueString(), "Attempt to boot from volume") {
		return text
	}
	return types.StringNull()
}

func machineFromPriorState(old crud.PriorState) (model.Instance, error) {
	m, err := emptyModel()
	m.ID, m.Name = old.Text("id"), old.Text("name")
	return m, err
}

// extrasFromPriorState reads network_mode and vendor_options.
func extrasFromPriorState(old crud.PriorState) model.Extras {
	e := model.Extras{NetworkMode: old.Text("network_mode")}
	var options []attr.Value
	for _, o := range old.Blocks("vendor_options") {
		options = append(options, types.ObjectValueMust(model.VendorOptionsType.AttrTypes, map[string]attr.Value{
			"ignore_resize_confirmation":  o.Bool("ignore_resize_confirmation"),
			"detach_ports_before_destroy": o.Bool("detach_ports_before_destroy")}))
	}
	if len(options) > 0 {
		e.VendorOptions = types.SetValueMust(model.VendorOptionsType, options)
	}
	return e.Typed()
}
