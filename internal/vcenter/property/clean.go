package property

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Clean makes of what came off the wire what everybody expects: names as people know them, and nothing that only a later release knows.
func Clean(objects []types.ObjectContent) {
	callByName(objects)
	for _, o := range objects {
		dropUnknown(o)
	}
}

// callByName gives objects the names that people know them by: vCenter keeps those of its inventory escaped. It is done here, where
// everything is read, and nowhere else; what goes to vCenter goes through escapeName.
func callByName(objects []types.ObjectContent) {
	for _, o := range objects {
		for i, p := range o.PropSet {
			if text, is := p.Val.(string); is && p.Name == "name" && strings.Contains(text, "%") {
				o.PropSet[i].Val = UnescapeName(text)
			}
		}
	}
}

// dropUnknown takes out of an object's lists what has a type that only a later release of vSphere knows: it is decoded to nil, which nobody
// expects who goes through devices, parameters or rules.
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
