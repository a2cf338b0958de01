package property

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Clean prepares an answer in place: names as people write them, and lists without the elements that only a later release of vSphere
// knows.
func Clean(objects []types.ObjectContent) {
	callByName(objects)
	for _, o := range objects {
		dropUnknown(o)
	}
}

// callByName gives objects the names that people know them by: vCenter keeps those of its inventory escaped. It is done here, where
// everything is read, and nowhere else; what goes to vCenter goes through EscapeName.
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
// for which code that walks through devices, parameters or rules is not prepared.
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
