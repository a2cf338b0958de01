// SPDX-License-Identifier: MPL-2.0

package property

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Clean prepares an answer in place: it unescapes names, and drops list elements that only a later release of vSphere knows.
func Clean(objects []types.ObjectContent) {
	callByName(objects)
	for _, o := range objects {
		dropUnknown(o)
	}
}

// callByName unescapes the names of objects, which vCenter stores escaped. All answers pass here, so that names are plain everywhere
// else; what is sent to vCenter goes through EscapeName.
func callByName(objects []types.ObjectContent) {
	for _, o := range objects {
		for i, p := range o.PropSet {
			if text, is := p.Val.(string); is && p.Name == "name" && strings.Contains(text, "%") {
				o.PropSet[i].Val = UnescapeName(text)
			}
		}
	}
}

// dropUnknown removes from an object's lists the elements of types that only a later release of vSphere knows. They are decoded to nil,
// which code that walks through devices, parameters or rules does not expect.
func dropUnknown(o types.ObjectContent) {
	for i := range o.PropSet {
		switch v := o.PropSet[i].Val.(type) {
		case types.VirtualHardware:
			v.Device = known(v.Device)
			o.PropSet[i].Val = v
		case types.VirtualMachineConfigInfo:
			v.Hardware.Device, v.ExtraConfig = known(v.Hardware.Device), known(v.ExtraConfig)
			o.PropSet[i].Val = v
		case types.ArrayOfOptionValue:
			v.OptionValue = known(v.OptionValue)
			o.PropSet[i].Val = v
		case types.ClusterConfigInfoEx:
			v.Rule, v.Group = known(v.Rule), known(v.Group)
			o.PropSet[i].Val = v
		}
	}
}

func known[T any](list []T) []T {
	return slices.DeleteFunc(list, func(v T) bool { return any(v) == nil })
}
