// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Advanced is what a vCenter does when a change sets advanced parameters outside guestinfo. of a machine that is not off. The reports
// contradict each other: VMware's own programs set such keys live (vmware-tanzu/vm-operator), and so does Nova's driver (nvp.iface-id.N at
// an attachment); vmware/dod-compliance-and-automation #94 tells that what 7.0 U2d took, 7.0 U3d refuses, and the vSphere 8 Security
// Configuration Guide (its section "Power Off") that most of them cannot be set any more.
type Advanced int32

const (
	// AllTaken takes every parameter.
	AllTaken Advanced = iota
	// KnownRefused refuses a change that sets one which vSphere itself knows, with InvalidPowerState. Keys that it does not know are taken.
	KnownRefused
	// AllRefused refuses a change that sets any.
	AllRefused
)

// knownKeys are how parameters begin that vSphere knows: those that the security guides set, those of the scheduler and of the virtual
// hardware, and those that vm-operator leaves for the time when a machine is off.
var knownKeys = []string{"bios.", "cpuid.", "disk.", "ethernet", "hypervisor.", "isolation.", "keyboard.", "log.", "mks.", "monitor",
	"numa.", "pcibridge", "pcipassthru",
	"remotedisplay.", "sched.", "scsi", "svga.", "tools.", "uefi.", "vhv.", "vmx."}

// advancedFault refuses the parameters that a machine which is not off cannot be given. A key of Nova's that is there cannot be removed
// from it either, whatever else the server takes: Nova's driver says so of its own (vm_util.py, where a port's key becomes "free").
func (m *Machines) advancedFault(vm *simulator.VirtualMachine, options []types.BaseOptionValue) types.BaseMethodFault {
	how := Advanced(m.Advanced.Load())
	refused := slices.ContainsFunc(options, func(o types.BaseOptionValue) bool {
		v := o.GetOptionValue()
		key := strings.ToLower(v.Key)
		switch {
		case strings.HasPrefix(key, "guestinfo."), strings.HasPrefix(key, "vcsim."), strings.HasPrefix(key, "set."):
			return false
		case strings.HasPrefix(key, "nvp.") && v.Value == "" && base.Option(vm.Config.ExtraConfig, v.Key) != nil:
			return true
		case how == AllRefused:
			return true
		}
		return how == KnownRefused && slices.ContainsFunc(knownKeys, func(known string) bool { return strings.HasPrefix(key, known) })
	})
	if !refused {
		return nil
	}
	return &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: vm.Runtime.PowerState}
}
