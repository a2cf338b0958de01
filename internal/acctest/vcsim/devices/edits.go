// SPDX-License-Identifier: MPL-2.0

package devices

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// edited is a device as an edit leaves it: what the edit does not set stays.
func edited(old, edit types.BaseVirtualDevice) types.BaseVirtualDevice {
	merged := copyDevice(old)
	to, from := reflect.ValueOf(merged).Elem(), reflect.ValueOf(edit).Elem()
	copySetFields(to, from)
	return merged
}

// copySetFields copies the fields that are set, and goes down into embedded structures.
func copySetFields(to, from reflect.Value) {
	for i := range from.NumField() {
		switch f := from.Field(i); {
		case from.Type().Field(i).Anonymous && f.Kind() == reflect.Struct:
			copySetFields(to.Field(i), f)
		case !f.IsZero():
			to.Field(i).Set(f)
		}
	}
}

// copyDevice copies a device so far that changing one leaves the other alone.
func copyDevice(d types.BaseVirtualDevice) types.BaseVirtualDevice {
	c := CopyAll([]types.BaseVirtualDevice{d})[0]
	device := c.GetVirtualDevice()
	if device.Backing != nil {
		fresh := reflect.New(reflect.TypeOf(device.Backing).Elem())
		fresh.Elem().Set(reflect.ValueOf(device.Backing).Elem())
		device.Backing = fresh.Interface().(types.BaseVirtualDeviceBackingInfo)
	}
	device.Connectable, device.UnitNumber = base.Copy(device.Connectable), base.Copy(device.UnitNumber)
	device.DeviceInfo = nil // labels are made anew
	return c
}

// CopyAll copies devices so far that a change of a field, or of a controller's list, leaves the others alone.
func CopyAll(devices []types.BaseVirtualDevice) []types.BaseVirtualDevice {
	copied := make([]types.BaseVirtualDevice, len(devices))
	for i, d := range devices {
		fresh := reflect.New(reflect.TypeOf(d).Elem())
		fresh.Elem().Set(reflect.ValueOf(d).Elem())
		copied[i] = fresh.Interface().(types.BaseVirtualDevice)
		if c, ok := copied[i].(types.BaseVirtualController); ok {
			keys := c.GetVirtualController()
			keys.Device = append([]int32(nil), keys.Device...)
		}
	}
	return copied
}
