// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// PropertiesOf are the image properties that ask for what a template is made of: the reverse of Compile, for where the template is not
// there to clone. What no property asks for is left out.
func PropertiesOf(template types.VirtualMachineConfigInfo) map[string]string {
	out := map[string]string{}
	if isGuestID(template.GuestId) {
		out["vmware_ostype"] = template.GuestId
	}
	switch template.Firmware {
	case string(types.GuestOsDescriptorFirmwareTypeEfi):
		out["hw_firmware_type"] = "uefi"
	case string(types.GuestOsDescriptorFirmwareTypeBios):
		out["hw_firmware_type"] = "bios"
	}
	if o := template.BootOptions; o != nil && o.EfiSecureBootEnabled != nil && *o.EfiSecureBootEnabled {
		out["os_secure_boot"] = "required"
	}
	if adapter := rootAdapter(template.Hardware.Device); adapter != "" {
		out["vmware_adaptertype"] = adapter
	}
	return out
}

// rootAdapter is Nova's name of the root disk's controller; empty: it has none.
func rootAdapter(devices []types.BaseVirtualDevice) string {
	root := hardware.RootDisk(devices)
	if root == nil {
		return ""
	}
	for _, device := range devices {
		if device.GetVirtualDevice().Key != root.ControllerKey {
			continue
		}
		for name, adapter := range hardware.Adapters {
			if reflect.TypeOf(adapter()) == reflect.TypeOf(device) {
				return name
			}
		}
	}
	return ""
}
