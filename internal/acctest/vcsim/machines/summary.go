// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// UpdateSummary copies into the summary what the simulator keeps in the configuration only.
func UpdateSummary(ctx *simulator.Context, vm *mo.VirtualMachine) {
	var changes []types.PropertyChange
	if vm.Summary.Config.Annotation != vm.Config.Annotation {
		changes = append(changes,
			types.PropertyChange{Name: "summary.config.annotation", Val: vm.Config.Annotation},
			types.PropertyChange{Name: "config.annotation", Val: vm.Config.Annotation})
	}
	if a := vm.Config.CpuAllocation; a != nil && a.Reservation != nil {
		vm.Summary.Config.CpuReservation = int32(*a.Reservation)
	}
	if a := vm.Config.MemoryAllocation; a != nil && a.Reservation != nil {
		vm.Summary.Config.MemoryReservation = int32(*a.Reservation)
	}
	if name := guestFullName(vm.Config.GuestId); vm.Config.GuestFullName != name {
		vm.Config.GuestFullName, vm.Summary.Config.GuestFullName = name, name
	}
	if len(changes) > 0 {
		ctx.Update(vm, changes)
	}
}

// guestFullName is not what a real server says, but like it differs from the identifier.
func guestFullName(id string) string {
	name, wide := strings.CutSuffix(strings.TrimSuffix(id, "Guest"), "_64")
	if !wide {
		name, wide = strings.CutSuffix(name, "64") // ubuntu64Guest
	}
	if wide {
		return name + " (64-bit)"
	}
	return name + " (32-bit)"
}
