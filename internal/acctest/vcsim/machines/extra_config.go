// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/guests"
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
		if s, ok := v.Value.(string); ok && v.Key == guests.LateGuest {
			if _, err := guests.ParseLate(s); err != nil {
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
