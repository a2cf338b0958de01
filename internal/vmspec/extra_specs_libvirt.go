// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// kvmRows are the extra specs and properties made for libvirt that have a counterpart in vSphere, although Nova's VMware driver ignores
// them.
var kvmRows = []Row{
	{"hw:cpu_policy", "hw_cpu_policy", "dedicated, shared", "dedicated: latency sensitivity high, all CPU (vcpus x MHz of the fastest " +
		"host) and memory reserved. shared: nothing", imageWins, "latency sensitivity", setCPUPolicy},
	{"hw:mem_page_size", "hw_mem_page_size", "1GB, 1048576, large, small, any, 2MB",
		"1 GB pages and all memory reserved; ram must be a multiple of 1024. Others: what ESXi does anyway", imageWins, "", setPageSize},
	{"hw:numa_nodes", "hw_numa_nodes", "a divisor of vcpus", "so many virtual NUMA nodes of equal size", imageWins, "",
		toNumber(func(b *builder) *int64 { return &b.numaNodes }, 1, 128)},
	{ExtraSpec: "hw:numa_cpus.*", Values: "none", Effect: "refused: virtual NUMA nodes are of equal size",
		set: refused("vSphere makes virtual NUMA nodes of equal size only: write hw:numa_nodes alone")},
	{ExtraSpec: "hw:numa_mem.*", Values: "none", Effect: "refused, likewise",
		set: refused("vSphere makes virtual NUMA nodes of equal size only: write hw:numa_nodes alone")},
	{"os:secure_boot", "os_secure_boot", "required, optional, disabled",
		"required: EFI and secure boot. optional: secure boot where hw_firmware_type is uefi", imageWins, "",
		toWord(func(b *builder) *string { return &b.secureBoot }, "required", "optional", "disabled")},
	{"hw:tpm_version", "hw_tpm_version", "2.0", "a virtual TPM, and EFI. Needs a key provider in the vCenter, and hardware version 14",
		imageWins, "", setTPM},
	{"hw:tpm_model", "hw_tpm_model", "tpm-crb, tpm-tis", "as hw:tpm_version; vSphere has one model", imageWins, "", toTPMModel},
	{"hw:mem_encryption", "hw_mem_encryption", "true, false", "AMD SEV, EFI, all memory reserved. Needs hardware version 18; such a VM " +
		"cannot move while it runs", imageWins, "", toBool(func(b *builder) **bool { return &b.encryption })},
	{"hw:hide_hypervisor_id", "img_hide_hypervisor_id", "true, false", "the guest does not see that it runs on a hypervisor", imageWins, "",
		toBool(func(b *builder) **bool { return &b.hidden })},
	{"hw:watchdog_action", "hw_watchdog_action", "reset, disabled", "reset: a watchdog that resets the VM", imageWins, "", setWatchdog},
	{"hw:boot_menu", "hw_boot_menu", "true, false", "the firmware waits 5 seconds before it boots", imageWins, "",
		toBool(func(b *builder) **bool { return &b.bootMenu })},
	{ExtraSpec: "quota:cpu_shares", Values: "a number, 1024 being normal",
		Effect: "relative weight of the VM's CPU: custom shares of N x 1000 / 1024", Precedence: "one of it and quota:cpu_shares_level",
		says: "CPU shares", set: setCPUShares},
	{ExtraSpec: "quota:cpu_quota", Values: "microseconds per period; -1 is no limit",
		Effect: "at most quota / period x vcpus x MHz of the slowest host", Precedence: "one of it and quota:cpu_limit", says: "CPU limit",
		set: toNumber(func(b *builder) *int64 { return &b.cpuQuota }, -1, 1<<40)},
	{ExtraSpec: "quota:cpu_period", Values: "microseconds; unset: 100000", Effect: "the period of quota:cpu_quota",
		set: toNumber(func(b *builder) *int64 { return &b.cpuPeriod }, 1000, 1000000)},
	{ExtraSpec: "quota:disk_total_iops_sec", Values: "IOPS", Effect: "at most so much for the root disk",
		Precedence: "one of it and quota:disk_io_limit", says: "disk limit",
		set: func(b *builder, v string, _ bool) error { return b.diskIO.set("limit", v) }},
	{ExtraSpec: "quota:disk_read_iops_sec", Values: "IOPS", Effect: "vSphere counts reads and writes together: the sum of both is the " +
		"limit, and a warning says so", Precedence: "one of it and quota:disk_io_limit or quota:disk_total_iops_sec",
		set: toNumber(func(b *builder) *int64 { return &b.readIOPS }, 0, 1<<40)},
	{ExtraSpec: "quota:disk_write_iops_sec", Values: "IOPS", Effect: "likewise", Precedence: "likewise",
		set: toNumber(func(b *builder) *int64 { return &b.writeIOPS }, 0, 1<<40)},
	{ExtraSpec: "quota:vif_outbound_average", Values: "KiB/s", Effect: "at most so much for every NIC, in Mbit/s rounded up",
		Precedence: "one of it and quota:vif_limit", says: "NIC limit", set: setOutbound},
	{ExtraSpec: "pci_passthrough:alias", Values: "none", Effect: "refused: devices of the host cannot be passed through yet",
		set: refused("devices of the host cannot be passed through in this version: choose a flavor without them")},
	{ExtraSpec: "resources:VGPU", Values: "none", Effect: "refused: virtual GPUs cannot be had yet",
		set: refused("virtual GPUs cannot be had in this version: choose a flavor without them")},
}

func setCPUPolicy(b *builder, value string, image bool) error {
	switch value {
	case "dedicated":
		b.dedicated = pick(image, "hw_cpu_policy", "hw:cpu_policy")
	case "shared":
		b.dedicated = ""
	case "mixed":
		return fmt.Errorf("vSphere reserves CPU for a whole VM only: write dedicated or shared")
	default:
		return fmt.Errorf("%q is not a CPU policy: write dedicated or shared", value)
	}
	return nil
}

func setPageSize(b *builder, value string, _ bool) error {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "1gb", "1048576", "1048576kb":
		b.hugePages = true
	case "large", "small", "any", "2mb", "2048", "2048kb", "4kb", "4":
		b.hugePages = false
	default:
		return fmt.Errorf("%q is not a page size of vSphere: write 1GB, large, small or any", value)
	}
	return nil
}

func setTPM(b *builder, value string, _ bool) error {
	if value != "2.0" {
		return fmt.Errorf("vSphere has no TPM %s: write 2.0", value)
	}
	b.tpm = true
	return nil
}

func toTPMModel(b *builder, value string, _ bool) error {
	if value != "tpm-crb" && value != "tpm-tis" {
		return fmt.Errorf("%q is not a TPM: write tpm-crb", value)
	}
	b.tpm = true
	return nil
}

func setWatchdog(b *builder, value string, _ bool) error {
	switch value {
	case "reset":
		b.watchdog = types.NewBool(true)
	case "disabled":
		b.watchdog = types.NewBool(false)
	default:
		return fmt.Errorf("vSphere's watchdog only resets, and cannot do %q: write reset or disabled", value)
	}
	return nil
}

func setCPUShares(b *builder, value string, _ bool) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1 || n > 1<<20 {
		return fmt.Errorf("%q is not a number from 1 to %d", value, 1<<20)
	}
	b.cpu.level, b.cpu.levelled, b.cpu.shares = types.SharesLevelCustom, true, max((n*1000+512)/1024, 1)
	return nil
}

func setOutbound(b *builder, value string, _ bool) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return fmt.Errorf("%q is not a number of KiB/s", value)
	}
	if n > 0 {
		b.nicTraffic.limit = ceilDiv(n*1024*8, 1000*1000)
	}
	return nil
}

// settleKVM turns the values of these rows into settings of the VM.
func (b *builder) settleKVM() error {
	if b.dedicated != "" {
		b.latency, b.wholeCPU = "high", b.dedicated
		b.lock(b.dedicated)
	}
	if b.cpuQuota > 0 {
		b.cpu.limit = b.cpuQuota * b.vcpus * b.clock.Slowest / b.cpuPeriod
		if b.cpu.limit == 0 {
			b.cpu.limit = -1 // unlimited while the clock is unknown
		}
	}
	if b.readIOPS > 0 || b.writeIOPS > 0 {
		if other := b.said["disk limit"]; other != "" {
			return wrongSpec(other, "%s and quota:disk_read_iops_sec or quota:disk_write_iops_sec both say the disk limit: keep one of them", other)
		}
		b.diskIO.limit = b.readIOPS + b.writeIOPS
		b.warnings = append(b.warnings, fmt.Sprintf("vSphere counts reads and writes together: quota:disk_read_iops_sec and "+
			"quota:disk_write_iops_sec become one limit of %d IOPS", b.diskIO.limit))
	}
	if b.hugePages {
		if b.ram%1024 != 0 {
			return wrongSpec("hw:mem_page_size", "pages of 1 GB need memory in multiples of 1024 MB, and it is %d", b.ram)
		}
		b.lock("hw:mem_page_size")
		b.options["sched.mem.lpage.enable1GPage"] = "TRUE"
	}
	if isTrue(b.hidden) {
		b.options["hypervisor.cpuid.v0"] = "FALSE"
	}
	if err := b.settleFirmware(); err != nil {
		return err
	}
	return b.settleNUMA()
}

// settleFirmware chooses EFI where another setting needs it.
func (b *builder) settleFirmware() error {
	if b.secureBoot == "optional" && b.firmware == "efi" {
		b.secureBoot = "required"
	}
	for _, need := range []struct {
		wanted  bool
		key     string
		version int
	}{{b.secureBoot == "required", "os:secure_boot", 13}, {b.tpm, "hw:tpm_version", 14}, {isTrue(b.encryption), "hw:mem_encryption", 18}} {
		if !need.wanted {
			continue
		}
		if b.firmware == "bios" {
			return wrongSpec(need.key, "it needs EFI, and the image's hw_firmware_type is bios")
		}
		if b.versionNumber != 0 && b.versionNumber < need.version {
			return wrongSpec("vmware:hw_version", "%s needs hardware version %d or newer, and vmware:hw_version is %s", need.key, need.version,
				b.version)
		}
		b.firmware = "efi"
	}
	if isTrue(b.encryption) {
		b.lock("hw:mem_encryption")
	}
	if b.evc != "" && b.versionNumber != 0 && b.versionNumber < 14 {
		return wrongSpec("vmware:hw_version", "vmware:evc_mode needs hardware version 14 or newer, and vmware:hw_version is %s", b.version)
	}
	return nil
}

// settleNUMA sets the size of a NUMA node: by its own field from hardware version 20 on, before by the options that ESXi reads.
func (b *builder) settleNUMA() error {
	if b.numaNodes == 0 || b.vcpus == 0 {
		return nil
	}
	if b.vcpus%b.numaNodes != 0 {
		return wrongSpec("hw:numa_nodes", "%d vcpus cannot be split into %d nodes of equal size", b.vcpus, b.numaNodes)
	}
	if isTrue(b.cpuHotAdd) {
		return wrongSpec("hw:numa_nodes", "a VM with vmware:cpu_hot_add is shown no NUMA nodes: keep one of them")
	}
	size := int32(b.vcpus / b.numaNodes)
	if b.versionNumber >= 20 {
		b.coresPerNode = &size
		return nil
	}
	b.options["numa.vcpu.maxPerVirtualNode"] = strconv.Itoa(int(size))
	b.options["numa.vcpu.min"] = strconv.Itoa(int(b.vcpus)) // otherwise a small VM sees one node
	return nil
}
