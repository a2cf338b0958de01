package vcsim

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
)

func copyDevices(devices []types.BaseVirtualDevice) []types.BaseVirtualDevice {
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
