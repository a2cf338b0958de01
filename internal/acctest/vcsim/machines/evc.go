// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// evcModes are those that this vCenter knows, older first.
var evcModes = []types.EVCMode{evcMode("intel-merom", "cpuid.SSE3"), evcMode("intel-broadwell", "cpuid.SSE3", "cpuid.ADX"),
	evcMode("intel-skylake", "cpuid.SSE3", "cpuid.ADX", "cpuid.CLWB")}

func evcMode(key string, features ...string) types.EVCMode {
	mode := types.EVCMode{ElementDescription: types.ElementDescription{Key: key, Description: types.Description{Label: key, Summary: key}},
		Vendor: "intel", Track: []string{"intel"}}
	for _, feature := range features {
		mode.FeatureMask = append(mode.FeatureMask, types.HostFeatureMask{Key: feature, FeatureName: feature, Value: "Val:1"})
	}
	return mode
}

// addEVCModes gives the vCenter the modes, of which the simulator has none.
func addEVCModes(registry *simulator.Registry) {
	if instance, ok := registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance); ok {
		instance.Capability.SupportedEVCMode = evcModes
	}
}

// ApplyEvcModeVMTask gives a machine that is off a mode of its own, or with no mask takes it away.
func (m *machineRules) ApplyEvcModeVMTask(ctx *simulator.Context, req *types.ApplyEvcModeVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	task := m.Unlocked(ctx, vm, "applyEvcMode", func() (result types.AnyType, fault types.BaseMethodFault) {
		ctx.WithLock(vm, func() {
			if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
				fault = &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: vm.Runtime.PowerState}
				return
			}
			ctx.Update(vm, []types.PropertyChange{{Name: "runtime.featureMask", Val: req.Mask}})
		})
		return nil, fault
	})
	return &methods.ApplyEvcModeVM_TaskBody{Res: &types.ApplyEvcModeVM_TaskResponse{Returnval: task}}
}
