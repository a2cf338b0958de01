// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

const (
	mostCPUs   = 768
	mostMemory = 24 << 20 // MiB
	// leastMemory is what the simulator gives a machine for which nobody asks for any.
	leastMemory = 32
)

// checkSize refuses processors, memory and allocations that do not fit together, and completes allocations.
func checkSize(have types.VirtualMachineConfigInfo, spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	cpus, memory := spec.NumCPUs, spec.MemoryMB
	if cpus == 0 {
		cpus = max(have.Hardware.NumCPU, 1)
	}
	if memory == 0 {
		memory = max(int64(have.Hardware.MemoryMB), leastMemory)
	}
	cores := spec.NumCoresPerSocket
	if cores == nil {
		cores = have.Hardware.NumCoresPerSocket
	}
	switch {
	case cpus < 1 || cpus > mostCPUs:
		return &types.InvalidArgument{InvalidProperty: "configSpec.numCPUs"}
	case memory < 0 || memory > mostMemory || memory%4 != 0 && spec.MemoryMB != 0:
		return &types.InvalidArgument{InvalidProperty: "configSpec.memoryMB"}
	case cores != nil && (*cores < 0 || *cores > 0 && cpus%*cores != 0):
		return &types.InvalidArgument{InvalidProperty: "configSpec.numCoresPerSocket"}
	}
	cpu := allocation{"configSpec.cpuAllocation", int64(cpus), 0, [3]int32{500, 1000, 2000}}
	if spec.CpuAllocation != nil || spec.NumCPUs != 0 {
		var fault types.BaseMethodFault
		if spec.CpuAllocation, fault = cpu.complete(have.CpuAllocation, spec.CpuAllocation); fault != nil {
			return fault
		}
	}
	ram := allocation{"configSpec.memoryAllocation", memory, memory, [3]int32{5, 10, 20}}
	locked := base.IsTrue(base.FirstSet(spec.MemoryReservationLockedToMax, have.MemoryReservationLockedToMax))
	if spec.MemoryAllocation == nil && spec.MemoryMB == 0 && !locked {
		return nil
	}
	if locked { // all of it, whatever else is asked for
		spec.MemoryAllocation = base.Merge(spec.MemoryAllocation, &types.ResourceAllocationInfo{Reservation: &memory})
	}
	var fault types.BaseMethodFault
	spec.MemoryAllocation, fault = ram.complete(have.MemoryAllocation, spec.MemoryAllocation)
	return fault
}

// allocation is how a kind of resource is allocated: how much of it there is, the most that can be reserved (0 for no such
// bound) and the shares that each unit gets at the levels low, normal and high.
type allocation struct {
	property  string
	amount    int64
	bound     int64
	perAmount [3]int32
}

// complete lays what is asked for over what there is and over the defaults, and checks the result.
func (g allocation) complete(have, want *types.ResourceAllocationInfo) (*types.ResourceAllocationInfo, types.BaseMethodFault) {
	defaults := types.ResourceAllocationInfo{
		Reservation: types.NewInt64(0), Limit: types.NewInt64(-1), ExpandableReservation: types.NewBool(false),
		Shares: &types.SharesInfo{Level: types.SharesLevelNormal},
	}
	a := base.Merge(base.Merge(&defaults, have), want)
	shares := *a.Shares
	levels := []types.SharesLevel{types.SharesLevelLow, types.SharesLevelNormal, types.SharesLevelHigh}
	if i := slices.Index(levels, shares.Level); i >= 0 {
		shares.Shares = g.perAmount[i] * int32(g.amount)
	} else if shares.Level != types.SharesLevelCustom || shares.Shares <= 0 {
		return nil, &types.InvalidArgument{InvalidProperty: g.property + ".shares"}
	}
	a.Shares = &shares
	reservation, limit := *a.Reservation, *a.Limit
	switch {
	case limit < -1:
		return nil, &types.InvalidArgument{InvalidProperty: g.property + ".limit"}
	case reservation < 0, limit != -1 && reservation > limit, g.bound > 0 && reservation > g.bound:
		return nil, &types.InvalidArgument{InvalidProperty: g.property + ".reservation"}
	}
	return a, nil
}

// checkGuest refuses an operating system or firmware that vCenter does not know, and secure boot without EFI.
func checkGuest(id, firmware string, boot *types.VirtualMachineBootOptions) types.BaseMethodFault {
	if id != "" && !slices.Contains(simulator.GuestID, types.VirtualMachineGuestOsIdentifier(id)) {
		return &types.InvalidArgument{InvalidProperty: "configSpec.guestId"}
	}
	efi := string(types.GuestOsDescriptorFirmwareTypeEfi)
	if firmware != "" && firmware != efi && firmware != string(types.GuestOsDescriptorFirmwareTypeBios) {
		return &types.InvalidArgument{InvalidProperty: "configSpec.firmware"}
	}
	if boot != nil && base.IsTrue(boot.EfiSecureBootEnabled) && firmware != efi {
		return &types.InvalidVmConfig{Property: "msg.hostd.configSpec.efi"}
	}
	return nil
}
