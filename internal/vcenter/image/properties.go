// SPDX-License-Identifier: MPL-2.0

package image

import (
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// propertyPrefix begins the extraConfig keys of a template that hold Glance properties.
const propertyPrefix = "novasphere.image."

// ownProperties are the Glance properties in a template's advanced parameters.
func ownProperties(vm mo.VirtualMachine) map[string]string {
	out := map[string]string{}
	for key, value := range property.ExtraConfig(vm.Config.ExtraConfig) {
		if name, ok := strings.CutPrefix(key, propertyPrefix); ok && value != "" {
			out[name] = value
		}
	}
	return out
}

// customProperties are the Glance properties among a template's custom attributes.
func customProperties(vm mo.VirtualMachine) map[string]string {
	names, out := map[int32]string{}, map[string]string{}
	for _, field := range vm.AvailableField {
		names[field.Key] = field.Name
	}
	for _, v := range vm.CustomValue {
		value, ok := v.(*types.CustomFieldStringValue)
		if name := ""; ok && value.Value != "" {
			if name = names[value.Key]; isGlance(name) {
				out[name] = value.Value
			}
		}
	}
	return out
}

// isGlance reports whether a custom attribute's name is that of an image property.
func isGlance(name string) bool {
	for _, prefix := range []string{"hw_", "os_", "vmware_", "img_", "novasphere_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func mergedProperties(low, high map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range []map[string]string{low, high} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}
