// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// SetHotAddLimits notes on a machine that starts how much memory it can have until it stops: 16 times what it starts with (VMware's
// knowledge base, 2020846), and for Linux that starts with less than 3 GB no more than these. Both are told by
// https://www.vcdx200.com/2019/03/vmware-vsphere-memory-hot-add.html. The step of 128 MB is what small machines were seen to have. A
// machine that was suspended goes on as it was.
func SetHotAddLimits(vm *mo.VirtualMachine) {
	c := vm.Config
	switch vm.Runtime.PowerState {
	case types.VirtualMachinePowerStatePoweredOff:
		c.HotPlugMemoryLimit, c.HotPlugMemoryIncrementSize = 0, 0
	case types.VirtualMachinePowerStatePoweredOn:
		if !base.IsTrue(c.MemoryHotAddEnabled) || c.HotPlugMemoryLimit != 0 {
			return
		}
		c.HotPlugMemoryLimit, c.HotPlugMemoryIncrementSize = 16*int64(c.Hardware.MemoryMB), 128
		if c.Hardware.MemoryMB < 3072 && isLinux(c.GuestId) {
			c.HotPlugMemoryLimit = 3072
		}
	}
}

func isLinux(guestID string) bool {
	for _, name := range []string{"linux", "debian", "ubuntu", "centos", "rhel", "sles", "suse", "fedora", "photon"} {
		if strings.Contains(strings.ToLower(guestID), name) {
			return true
		}
	}
	return false
}
