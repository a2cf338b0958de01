// SPDX-License-Identifier: MPL-2.0

package vmspec

import "fmt"

// vmwareRows are the extra specs made for VMware: those of Nova, of SAP's fork of Nova, and of this provider.
var vmwareRows = []Row{
	{ExtraSpec: "vmware:hw_version", Values: "vmx-19 and its like", Effect: "hardware version; unset: the template's. It can only rise",
		set: setVersion},
	{ExtraSpec: "vmware:storage_policy", Values: "a storage policy's name",
		Effect: "the VM's and its disks' policy; the datastore is one that it allows",
		set:    toText(func(b *builder) *string { return &b.policy })},
	{ExtraSpec: "vmware:hv_enabled", Values: "true, false", Effect: "hardware virtualisation is shown to the guest",
		Precedence: "over what the guest id says", set: func(b *builder, v string, _ bool) error {
			return setBool(&b.nestedWanted, v)
		}},
	{ExtraSpec: "vmware:evc_mode", Values: "an EVC mode's key, for example intel-broadwell",
		Effect: "per-VM EVC, set before the first power-on; needs hardware version 14", set: toText(func(b *builder) *string { return &b.evc })},
	{ExtraSpec: "reservation:cpu", Values: "MHz", Effect: "as quota:cpu_reservation", Precedence: "one of them", says: "CPU reservation",
		set: func(b *builder, v string, _ bool) error { return b.cpu.set("reservation", v) }},
	{ExtraSpec: "resources:CUSTOM_MEMORY_RESERVABLE_MB", Values: "MB", Effect: "as quota:memory_reservation", Precedence: "one of them",
		says: "memory reservation", set: func(b *builder, v string, _ bool) error { return b.memory.set("reservation", v) }},
	{ExtraSpec: "vmware:cpu_reservation_percent", Values: "0 to 100", Effect: "this part of vcpus x MHz of the fastest host is reserved",
		Precedence: "one of them", says: "CPU reservation",
		set: toNumber(func(b *builder) *int64 { return &b.cpuPercent }, 0, 100)},
	{ExtraSpec: "vmware:memory_reservation_percent", Values: "0 to 100", Effect: "this part of ram is reserved", Precedence: "one of them",
		says: "memory reservation", set: toNumber(func(b *builder) *int64 { return &b.memoryPercent }, 0, 100)},
	{ExtraSpec: "vmware:memory_reservation_locked", Values: "true, false", Effect: "all of ram is reserved, and stays so when it grows",
		set: toBool(func(b *builder) **bool { return &b.lockWanted })},
	{ExtraSpec: "vmware:latency_sensitivity", Values: "low, normal, high",
		Effect: "latency sensitivity; high reserves all CPU and memory, which vSphere demands", says: "latency sensitivity",
		Precedence: "one of it and hw:cpu_policy", set: toWord(func(b *builder) *string { return &b.latency }, "low", "normal", "high")},
	{ExtraSpec: "vmware:cpu_hot_add", Values: "true, false", Effect: "vCPUs can be added while the instance runs",
		set: toBool(func(b *builder) **bool { return &b.cpuHotAdd })},
	{ExtraSpec: "vmware:memory_hot_add", Values: "true, false", Effect: "memory can be added while the instance runs",
		set: toBool(func(b *builder) **bool { return &b.memoryHotAdd })},
}

func setVersion(b *builder, value string, _ bool) error {
	match := versionForm.FindStringSubmatch(value)
	if match == nil {
		return fmt.Errorf("%q is not a hardware version: write vmx-19 and its like", value)
	}
	b.version, b.versionNumber = value, versionNumber(value)
	return nil
}

// settleReservations turns percentages and locks into amounts.
func (b *builder) settleReservations() error {
	whole := b.vcpus * b.clock.Fastest
	if b.cpuPercent > 0 {
		b.cpu.reservation = ceilDiv(whole*b.cpuPercent, 100)
	}
	if b.memoryPercent > 0 {
		b.memory.reservation = ceilDiv(b.ram*b.memoryPercent, 100)
	}
	if b.lockWanted != nil && *b.lockWanted {
		b.lock("vmware:memory_reservation_locked")
	}
	if b.latency == "high" && b.wholeCPU == "" {
		b.lock("vmware:latency_sensitivity")
		b.wholeCPU = "vmware:latency_sensitivity"
	}
	if b.wholeCPU != "" {
		if other := b.said["CPU reservation"]; other != "" {
			return wrongSpec(other, "%s reserves all of the CPU, and %s says something else: keep one of them", b.wholeCPU, other)
		}
		b.cpu.reservation = whole
	}
	if b.locked != "" {
		if other := b.said["memory reservation"]; other != "" {
			return wrongSpec(other, "%s reserves all of the memory, and %s says something else: keep one of them", b.locked, other)
		}
		if b.memory.limit > 0 && b.memory.limit < b.ram {
			return wrongSpec("quota:memory_limit", "%s reserves all of the memory (%d MB), and quota:memory_limit (%d) allows less", b.locked, b.ram,
				b.memory.limit)
		}
		b.memory.reservation = b.ram
	}
	return nil
}
