package vcsim

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// checkOptions refuses the keys that drive the simulator when they would make it panic: "SET.guest.hostName" sets a
// property, and is tried on a machine that does not matter. A LateGuest that means nothing is refused too.
func checkOptions(options []types.BaseOptionValue) types.BaseMethodFault {
	for _, o := range options {
		v := o.GetOptionValue()
		property, set := strings.CutPrefix(v.Key, "SET.")
		if v.Key == "ip0" {
			property, set = "guest.ipAddress", true
		}
		if s, ok := v.Value.(string); ok && v.Key == LateGuest {
			if _, err := parseLate(s); err != nil {
				return &types.InvalidArgument{InvalidProperty: "configSpec.extraConfig." + v.Key}
			}
		}
		if set && !canSet(property, v.Value) {
			return &types.InvalidArgument{InvalidProperty: "configSpec.extraConfig." + v.Key}
		}
	}
	return nil
}

func canSet(property string, value types.AnyType) (ok bool) {
	defer func() { ok = recover() == nil }()
	scratch := &mo.VirtualMachine{
		Guest: &types.GuestInfo{}, Config: &types.VirtualMachineConfigInfo{},
		Summary: types.VirtualMachineSummary{Guest: &types.VirtualMachineGuestSummary{}},
	}
	mo.ApplyPropertyChange(scratch, []types.PropertyChange{{Name: property, Val: value, Op: types.PropertyChangeOpAssign}})
	if property == "guest.ipAddress" || property == "guest.hostName" {
		_ = value.(string) // the simulator asserts it too
	}
	return true
}

// option finds one by its key.
func option(options []types.BaseOptionValue, key string) types.AnyType {
	for _, o := range options {
		if v := o.GetOptionValue(); v.Key == key {
			return v.Value
		}
	}
	return nil
}

// text is the value of an option as a string, empty if there is none.
func text(options []types.BaseOptionValue, key string) string {
	s, _ := option(options, key).(string)
	return s
}

// withoutEmpty drops options without a value: on a new machine there is nothing for them to remove.
func withoutEmpty(options []types.BaseOptionValue) []types.BaseOptionValue {
	return slices.DeleteFunc(options, func(o types.BaseOptionValue) bool { return o.GetOptionValue().Value == "" })
}
