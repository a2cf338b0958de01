// SPDX-License-Identifier: MPL-2.0

package reconfigure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// NeedsPowerOff reports whether a running VM must be shut down for the change, and why.
func NeedsPowerOff(have types.VirtualMachineConfigInfo, d types.VirtualMachineConfigSpec) (reason string) {
	if reason = sizeNeedsPowerOff(have, d); reason != "" {
		return reason
	}
	for _, rule := range []struct {
		changes bool
		what    string
	}{
		{d.CpuHotAddEnabled != nil || d.MemoryHotAddEnabled != nil, "hot-add can only be switched while it is off"},
		{d.Firmware != "" || d.GuestId != "" || d.BootOptions != nil && d.BootOptions.EfiSecureBootEnabled != nil,
			"firmware and guest id can only be changed while it is off"},
		{d.LatencySensitivity != nil, "latency sensitivity can only be changed while it is off"},
		{d.NestedHVEnabled != nil, "hardware virtualisation can only be switched while it is off"},
		{d.SevEnabled != nil, "memory encryption can only be switched while it is off"},
		{d.VirtualNuma != nil || setsOption(d, "numa."), "virtual NUMA can only be changed while it is off"},
		{setsOption(d, "sched.mem.lpage"), "the page size can only be changed while it is off"},
		{setsOption(d, "hypervisor."), "what the guest sees of the hypervisor can only be changed while it is off"},
	} {
		if rule.changes {
			return rule.what
		}
	}
	return devicesNeedPowerOff(d)
}

func sizeNeedsPowerOff(have types.VirtualMachineConfigInfo, d types.VirtualMachineConfigSpec) string {
	switch {
	case d.NumCPUs != 0 && d.NumCPUs < have.Hardware.NumCPU:
		return "vCPUs can only be taken away while it is off"
	case d.NumCPUs != 0 && !isTrue(have.CpuHotAddEnabled):
		return "it has no CPU hot-add"
	case d.MemoryMB != 0 && d.MemoryMB < int64(have.Hardware.MemoryMB):
		return "memory can only be taken away while it is off"
	case d.MemoryMB != 0 && !isTrue(have.MemoryHotAddEnabled):
		return "it has no memory hot-add"
	case d.MemoryMB > int64(have.Hardware.MemoryMB) && beyondHotAdd(have, d.MemoryMB) != "":
		return beyondHotAdd(have, d.MemoryMB)
	case d.NumCoresPerSocket != nil && (have.Hardware.NumCoresPerSocket == nil || *have.Hardware.NumCoresPerSocket != *d.NumCoresPerSocket):
		return "cores per socket can only be changed while it is off"
	}
	return ""
}

// linuxGap is the memory in MB that a Linux guest cannot grow past while it runs, if it was started with less.
const linuxGap = 3072

// beyondHotAdd returns why a running VM cannot grow to so much memory, as far as its limits are known. The memory that it was started
// with is unknown: a VM that has less than linuxGap now was started with less, and for all others the host's own limit decides.
func beyondHotAdd(have types.VirtualMachineConfigInfo, to int64) string {
	now, most, step := int64(have.Hardware.MemoryMB), have.HotPlugMemoryLimit, have.HotPlugMemoryIncrementSize
	switch {
	case now < linuxGap && to > linuxGap && isLinux(have.GuestId):
		return fmt.Sprintf("a Linux guest that was started with less than %d MB cannot get more than that while it runs", linuxGap)
	case most > 0 && to > most:
		return fmt.Sprintf("since its last start it can have no more than %d MB while it runs", most)
	case step > 0 && (to-now)%step != 0:
		return fmt.Sprintf("memory can only be added in steps of %d MB while it runs", step)
	}
	return ""
}

// linuxes are the prefixes of the guest ids of Linux.
var linuxes = []string{"almalinux", "amazonlinux", "asianux", "centos", "coreos", "crxPod", "crxSys", "debian", "fedora", "flatcar",
	"genericLinux", "mandrake", "mandriva", "miraclelinux", "nld",
	"oes", "opensuse", "oracleLinux", "other24xLinux", "other26xLinux", "other3xLinux", "other4xLinux", "other5xLinux", "other6xLinux",
	"other7xLinux", "otherLinux", "pardus", "prolinux", "redhat",
	"rhel", "rockylinux", "sjds", "sles", "suse", "turboLinux", "ubuntu", "vmwarePhoton"}

func isLinux(guestID string) bool {
	return slices.ContainsFunc(linuxes, func(prefix string) bool { return strings.HasPrefix(guestID, prefix) })
}

// devicesNeedPowerOff is NeedsPowerOff for devices. NICs and most disks come and go while the VM runs.
func devicesNeedPowerOff(d types.VirtualMachineConfigSpec) string {
	for _, change := range d.DeviceChange {
		spec := change.GetVirtualDeviceConfigSpec()
		switch device := spec.Device.(type) {
		case *types.VirtualMachineVideoCard, *types.VirtualTPM, *types.VirtualWDT:
			return "video memory, TPM and watchdog can only be changed while it is off"
		case *types.VirtualCdrom:
			if spec.Operation == types.VirtualDeviceConfigSpecOperationAdd {
				return "a CD-ROM can only be added while it is off"
			}
		case *types.VirtualDisk:
			if spec.FileOperation == types.VirtualDeviceConfigSpecFileOperationDestroy {
				return "its swap disk is made anew"
			}
			if device.ControllerKey == hardware.IDEKey || device.ControllerKey == hardware.IDEKey+1 {
				return "an IDE disk can only be added or changed while it is off"
			}
		}
	}
	return ""
}

func setsOption(d types.VirtualMachineConfigSpec, prefix string) bool {
	for _, o := range d.ExtraConfig {
		if key := o.GetOptionValue().Key; len(key) > len(prefix) && key[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}
