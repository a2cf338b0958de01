// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func option(spec types.VirtualMachineConfigSpec, key string) any {
	for _, o := range spec.ExtraConfig {
		if o.GetOptionValue().Key == key {
			return o.GetOptionValue().Value
		}
	}
	return nil
}

func device[T types.BaseVirtualDevice](spec types.VirtualMachineConfigSpec) (found T, ok bool) {
	for _, change := range spec.DeviceChange {
		if c := change.GetVirtualDeviceConfigSpec(); c.Operation == types.VirtualDeviceConfigSpecOperationAdd {
			if found, ok = c.Device.(T); ok {
				return found, true
			}
		}
	}
	return found, false
}

// effect pairs extra specs or properties with a check of the spec that they produce.
type effect struct {
	specs, properties map[string]string
	ok                func(s spec) bool
}

type spec = types.VirtualMachineConfigSpec

// hardwareRows cover processors, firmware and devices.
var hardwareRows = map[string]effect{
	"dedicated": {map[string]string{"hw:cpu_policy": "dedicated"}, nil, func(s spec) bool {
		return s.LatencySensitivity.Level == "high" && *s.CpuAllocation.Reservation == 4*2500 && *s.MemoryAllocation.Reservation == 4096 &&
			isTrue(s.MemoryReservationLockedToMax)
	}},
	"shared by the image": {map[string]string{"hw:cpu_policy": "dedicated"}, map[string]string{"hw_cpu_policy": "shared"},
		func(s spec) bool { return s.LatencySensitivity == nil }},
	"dedicated by the image": {nil, map[string]string{"hw_cpu_policy": "dedicated"},
		func(s spec) bool { return s.LatencySensitivity.Level == "high" }},
	"1 GB pages": {map[string]string{"hw:mem_page_size": "1048576"}, nil, func(s spec) bool {
		return option(s, "sched.mem.lpage.enable1GPage") == "TRUE" && isTrue(s.MemoryReservationLockedToMax)
	}},
	"large pages": {map[string]string{"hw:mem_page_size": "large"}, nil, func(s spec) bool {
		return option(s, "sched.mem.lpage.enable1GPage") == nil && s.MemoryReservationLockedToMax == nil
	}},
	"NUMA before 20": {map[string]string{"hw:numa_nodes": "2"}, nil, func(s spec) bool {
		return option(s, "numa.vcpu.maxPerVirtualNode") == "2" && option(s, "numa.vcpu.min") == "4"
	}},
	"NUMA from 20": {map[string]string{"hw:numa_nodes": "2", "vmware:hw_version": "vmx-20"}, nil,
		func(s spec) bool { return *s.VirtualNuma.CoresPerNumaNode == 2 }},
	"secure boot": {map[string]string{"os:secure_boot": "required"}, nil,
		func(s spec) bool { return s.Firmware == "efi" && isTrue(s.BootOptions.EfiSecureBootEnabled) }},
	"secure boot, maybe": {map[string]string{"os:secure_boot": "optional"}, nil,
		func(s spec) bool { return s.Firmware == "" && s.BootOptions == nil }},
	"secure boot, EFI": {map[string]string{"os:secure_boot": "optional"}, map[string]string{"hw_firmware_type": "uefi"}, func(s spec) bool {
		return s.Firmware == "efi" && isTrue(s.BootOptions.EfiSecureBootEnabled)
	}},
	"TPM": {nil, map[string]string{"hw_tpm_model": "tpm-crb"}, func(s spec) bool {
		_, ok := device[*types.VirtualTPM](s)
		return ok && s.Firmware == "efi"
	}},
	"encryption": {map[string]string{"hw:mem_encryption": "true"}, nil, func(s spec) bool {
		return isTrue(s.SevEnabled) && s.Firmware == "efi" && *s.MemoryAllocation.Reservation == 4096
	}},
	"hidden": {map[string]string{"hw:hide_hypervisor_id": "True"}, nil,
		func(s spec) bool { return option(s, "hypervisor.cpuid.v0") == "FALSE" }},
	"watchdog": {map[string]string{"hw:watchdog_action": "reset"}, nil,
		func(s spec) bool { w, ok := device[*types.VirtualWDT](s); return ok && w.RunOnBoot }},
	"no watchdog": {map[string]string{"hw:watchdog_action": "disabled"}, nil,
		func(s spec) bool { _, ok := device[*types.VirtualWDT](s); return !ok }},
	"boot menu": {map[string]string{"hw:boot_menu": "true"}, nil, func(s spec) bool { return s.BootOptions.BootDelay == 5000 }},
}

// amountRows cover amounts of a resource.
var amountRows = map[string]effect{
	"CPU shares": {map[string]string{"quota:cpu_shares": "2048"}, nil, func(s spec) bool {
		return s.CpuAllocation.Shares.Level == "custom" && s.CpuAllocation.Shares.Shares == 2000
	}},
	"CPU quota": {map[string]string{"quota:cpu_quota": "25000", "quota:cpu_period": "50000"}, nil,
		func(s spec) bool { return *s.CpuAllocation.Limit == 2*2000 }},
	"no CPU quota": {map[string]string{"quota:cpu_quota": "-1"}, nil, func(s spec) bool { return *s.CpuAllocation.Limit == -1 }},
	"disk IOPS":    {map[string]string{"quota:disk_total_iops_sec": "700"}, nil, func(s spec) bool { return *rootShares(s).Limit == 700 }},
	"both ways": {map[string]string{"quota:disk_read_iops_sec": "300", "quota:disk_write_iops_sec": "200"}, nil,
		func(s spec) bool { return *rootShares(s).Limit == 500 }},
	"outbound": {map[string]string{"quota:vif_outbound_average": "1024"}, nil, func(s spec) bool { return *nicShares(s).Limit == 9 }},
	"SAP's": {map[string]string{"vmware:hv_enabled": "True", "reservation:cpu": "700", "resources:CUSTOM_MEMORY_RESERVABLE_MB": "512"}, nil,
		func(s spec) bool {
			return isTrue(s.NestedHVEnabled) && *s.CpuAllocation.Reservation == 700 && *s.MemoryAllocation.Reservation == 512
		}},
	"percentages": {map[string]string{"vmware:cpu_reservation_percent": "50", "vmware:memory_reservation_percent": "25"}, nil,
		func(s spec) bool {
			return *s.CpuAllocation.Reservation == 5000 && *s.MemoryAllocation.Reservation == 1024
		}},
	"locked": {map[string]string{"vmware:memory_reservation_locked": "true"}, nil, func(s spec) bool {
		return *s.MemoryAllocation.Reservation == 4096 && isTrue(s.MemoryReservationLockedToMax)
	}},
	"high latency": {map[string]string{"vmware:latency_sensitivity": "high"}, nil, func(s spec) bool {
		return s.LatencySensitivity.Level == "high" && *s.CpuAllocation.Reservation == 10000
	}},
	"low latency": {map[string]string{"vmware:latency_sensitivity": "low"}, nil,
		func(s spec) bool { return s.LatencySensitivity.Level == "low" && *s.CpuAllocation.Reservation == 0 }},
	"distro is none": {nil, map[string]string{"os_distro": "ubuntu", "vmware_ostype": "debian12_64Guest"},
		func(s spec) bool { return s.GuestId == "debian12_64Guest" }},
}

func rootShares(s spec) types.StorageIOAllocationInfo {
	d, _ := device[*types.VirtualDisk](s)
	return *d.StorageIOAllocation
}

func nicShares(s spec) *types.VirtualEthernetCardResourceAllocation {
	card, _ := device[*types.VirtualE1000](s)
	return card.ResourceAllocation
}

// TestRowsBeyondNova: each key made for KVM, by SAP's fork or for this provider has the effect in vSphere that its row states.
func TestRowsBeyondNova(t *testing.T) {
	t.Parallel()
	all := maps.Clone(hardwareRows)
	maps.Copy(all, amountRows)
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			got, leftover, err := Desired(Instance{Flavor: openstack.Flavor{VCPUs: 4, RAM: 4096, Disk: 20, ExtraSpecs: c.specs},
				Properties: c.properties, Clock: Clock{Slowest: 2000, Fastest: 2500},
				NICs: []NIC{{Network: openstack.Network{Kind: openstack.NetworkStandard, Name: "n"}, MAC: "00:50:56:00:00:01"}}})
			if err != nil || len(leftover) > 0 || !c.ok(got) {
				t.Errorf("%v %v: %+v", err, leftover, got)
			}
		})
	}
}

// TestRowsRefuse: an impossible value is refused at its key, in a sentence that tells what to write.
func TestRowsRefuse(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]struct {
		specs map[string]string
		says  string
	}{
		"hw:cpu_policy":         {map[string]string{"hw:cpu_policy": "mixed"}, "write dedicated or shared"},
		"hw:mem_page_size":      {map[string]string{"hw:mem_page_size": "16GB"}, "write 1GB"},
		"hw:numa_nodes":         {map[string]string{"hw:numa_nodes": "3"}, "4 vcpus cannot be split into 3 nodes"},
		"hw:numa_cpus.0":        {map[string]string{"hw:numa_cpus.0": "0,1"}, "write hw:numa_nodes alone"},
		"hw:numa_mem.1":         {map[string]string{"hw:numa_mem.1": "512"}, "write hw:numa_nodes alone"},
		"hw:tpm_version":        {map[string]string{"hw:tpm_version": "1.2"}, "write 2.0"},
		"hw:watchdog_action":    {map[string]string{"hw:watchdog_action": "poweroff"}, "write reset or disabled"},
		"pci_passthrough:alias": {map[string]string{"pci_passthrough:alias": "gpu:1"}, "choose a flavor without them"},
		"resources:VGPU":        {map[string]string{"resources:VGPU": "1"}, "choose a flavor without them"},
		"vmware:hw_version":     {map[string]string{"vmware:hw_version": "19"}, "write vmx-19"},
		"quota:cpu_shares_level": {map[string]string{"quota:cpu_shares": "1024", "quota:cpu_shares_level": "high"},
			"quota:cpu_shares and quota:cpu_shares_level both say the CPU shares"},
		"quota:cpu_quota": {map[string]string{"quota:cpu_limit": "1000", "quota:cpu_quota": "1000"},
			"quota:cpu_limit and quota:cpu_quota both say the CPU limit"},
		"quota:disk_total_iops_sec": {map[string]string{"quota:disk_io_limit": "5", "quota:disk_total_iops_sec": "5"},
			"both say the disk limit"},
		"quota:vif_outbound_average": {map[string]string{"quota:vif_limit": "5", "quota:vif_outbound_average": "5"},
			"quota:vif_limit and quota:vif_outbound_average both say the NIC limit"},
		"vmware:latency_sensitivity": {map[string]string{"hw:cpu_policy": "dedicated", "vmware:latency_sensitivity": "high"},
			"both say the latency sensitivity"},
		"quota:cpu_reservation": {map[string]string{"hw:cpu_policy": "dedicated", "quota:cpu_reservation": "5"},
			"hw:cpu_policy reserves all of the CPU"},
		"quota:memory_reservation": {map[string]string{"hw:mem_page_size": "1GB", "quota:memory_reservation": "5"},
			"hw:mem_page_size reserves all of the memory"},
		"quota:memory_limit":             {map[string]string{"hw:cpu_policy": "dedicated", "quota:memory_limit": "5"}, "allows less"},
		"vmware:cpu_reservation_percent": {map[string]string{"vmware:cpu_reservation_percent": "101"}, "not between 0 and 100"},
	} {
		_, err := Leftover(openstack.Flavor{VCPUs: 4, RAM: 4096, ExtraSpecs: c.specs})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestForeignKeysAreLeftOver: keys of Xen, Hyper-V, schedulers and libvirt alone are named as leftover, and have no effect.
func TestForeignKeysAreLeftOver(t *testing.T) {
	t.Parallel()
	keys := []string{"xenapi:device_profile_cores", "os:vm_mode", "hyperv:enlightenments", "os:vtpm", "os:resolution", "trait:HW_CPU_X86_AVX2",
		"capabilities:hypervisor_type",
		"hw:vif_multiqueue_enabled", "hw:emulator_threads_policy", "hw:maxphysaddr_mode", "hw:viommu_model", "hw_rng:allowed",
		"hw:pci_numa_affinity_policy", "hw:pmu", "quota:disk_read_bytes_sec",
		"quota:vif_inbound_average", "quota:vif_outbound_peak", "resources:VCPU", "resources:MEMORY_MB", "resources:DISK_GB"}
	specs := map[string]string{}
	for _, key := range keys {
		specs[key] = "1"
	}
	slices.Sort(keys)
	got, err := Leftover(openstack.Flavor{VCPUs: 1, RAM: 512, ExtraSpecs: specs})
	if err != nil || !slices.Equal(got, keys) {
		t.Errorf("%v %v", got, err)
	}
}
