// SPDX-License-Identifier: MPL-2.0

package reconfigure

import (
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

func wish() vmspec.Instance {
	return vmspec.Instance{ID: "A0000000-0000-4000-8000-000000000001", Name: "web", Extra: map[string]string{"guestinfo.userdata": "x"},
		Flavor: openstack.Flavor{Name: "f", VCPUs: 4, RAM: 8192, Disk: 20, ExtraSpecs: map[string]string{
			"quota:cpu_reservation": "500", "quota:memory_shares_level": "high", "quota:disk_io_limit": "100", "quota:vif_limit": "10",
			"hw:cpu_cores": "2", "vmware:cpu_hot_add": "true"}},
		Properties: map[string]string{"hw_firmware_type": "uefi", "vmware_ostype": "debian12_64Guest"},
		NICs: []vmspec.NIC{{Network: openstack.Network{Kind: openstack.NetworkDistributed, PortgroupKey: "dvportgroup-1", SwitchUUID: "u"},
			MAC: "00:50:56:AA:00:01"}}}
}

// template returns a small VM with a disk on its second controller unit and a NIC.
func template() types.VirtualMachineConfigInfo {
	unit, cores := int32(0), int32(1)
	return types.VirtualMachineConfigInfo{GuestId: "otherGuest", Firmware: "bios",
		Hardware: types.VirtualHardware{NumCPU: 1, MemoryMB: 512, NumCoresPerSocket: &cores,
			Device: []types.BaseVirtualDevice{
				&types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: 2001, ControllerKey: 1001, UnitNumber: &unit}, CapacityInKB: 1 << 20},
				&types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: 2000, ControllerKey: 1000, UnitNumber: &unit}, CapacityInKB: 2 << 20,
					CapacityInBytes: 2 << 30},
				&types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{
					VirtualDevice: types.VirtualDevice{Key: 4000}, MacAddress: "00:0c:29:00:00:01"}}},
			}}}
}

// apply applies a spec as a server does, as far as these tests need it.
func apply(have types.VirtualMachineConfigInfo, d types.VirtualMachineConfigSpec) types.VirtualMachineConfigInfo {
	set := func(target *string, value string) {
		if value != "" {
			*target = value
		}
	}
	set(&have.InstanceUuid, strings.ToLower(d.InstanceUuid))
	set(&have.Annotation, d.Annotation)
	set(&have.GuestId, d.GuestId)
	set(&have.Firmware, d.Firmware)
	if d.NumCPUs != 0 {
		have.Hardware.NumCPU = d.NumCPUs
	}
	if d.MemoryMB != 0 {
		have.Hardware.MemoryMB = int32(d.MemoryMB)
	}
	if d.NumCoresPerSocket != nil {
		have.Hardware.NumCoresPerSocket = d.NumCoresPerSocket
	}
	have.CpuHotAddEnabled, have.MemoryHotAddEnabled = d.CpuHotAddEnabled, d.MemoryHotAddEnabled
	have.CpuAllocation, have.MemoryAllocation, have.Tools = d.CpuAllocation, d.MemoryAllocation, d.Tools
	have.ExtraConfig = append(have.ExtraConfig, d.ExtraConfig...)
	for _, change := range d.DeviceChange {
		have.Hardware.Device = applyDevice(have.Hardware.Device, change.GetVirtualDeviceConfigSpec())
	}
	return have
}

func applyDevice(have []types.BaseVirtualDevice, change *types.VirtualDeviceConfigSpec) []types.BaseVirtualDevice {
	var out []types.BaseVirtualDevice
	for _, device := range have {
		if device.GetVirtualDevice().Key != change.Device.GetVirtualDevice().Key {
			out = append(out, device)
		}
	}
	if change.Operation != types.VirtualDeviceConfigSpecOperationRemove {
		out = append(out, change.Device)
	}
	return out
}

func TestDeltaOfWhatWasAppliedIsEmpty(t *testing.T) {
	t.Parallel()
	want, _, err := vmspec.Desired(wish())
	if err != nil {
		t.Fatal(err)
	}
	first := Clone(template(), want)
	if Empty(first) {
		t.Fatal("a clone of another machine changes nothing")
	}
	if again := Delta(apply(template(), first), want); !Empty(again) {
		t.Errorf("a second time there is still %+v", again)
	}
}

func TestCloneGrowsTheRootDiskAndReplacesNICs(t *testing.T) {
	t.Parallel()
	want, _, _ := vmspec.Desired(wish())
	have := template()
	var grown, removed, added int
	for _, change := range Clone(have, want).DeviceChange {
		spec := change.GetVirtualDeviceConfigSpec()
		switch device := spec.Device.(type) {
		case *types.VirtualDisk:
			if grown++; device.Key != 2000 || device.CapacityInKB != 20<<20 || spec.Operation != "edit" || spec.FileOperation != "" {
				t.Errorf("disk: %+v", spec)
			}
		case types.BaseVirtualEthernetCard:
			if spec.Operation == "remove" {
				removed++
			} else {
				added++
			}
		}
	}
	if grown != 1 || removed != 1 || added != 1 {
		t.Errorf("%d disks grown, %d NICs removed, %d added", grown, removed, added)
	}
	if hardware.RootDisk(have.Hardware.Device).CapacityInKB != 2<<20 {
		t.Error("the template that was read has changed")
	}
}

func TestDeltaNeverShrinksNorRemoves(t *testing.T) {
	t.Parallel()
	w := wish()
	w.Flavor.Disk, w.NICs = 1, nil
	want, _, _ := vmspec.Desired(w)
	for _, change := range Delta(template(), want).DeviceChange {
		spec := change.GetVirtualDeviceConfigSpec()
		disk, ok := spec.Device.(*types.VirtualDisk)
		if spec.Operation == "remove" || ok && disk.CapacityInKB != 2<<20 {
			t.Errorf("%+v", spec)
		}
	}
}

func TestNeedsPowerOff(t *testing.T) {
	t.Parallel()
	f := func(cpus, ram int64, specs ...string) openstack.Flavor {
		out := openstack.Flavor{VCPUs: cpus, RAM: ram, ExtraSpecs: map[string]string{}}
		for _, s := range specs {
			key, value, _ := strings.Cut(s, "=")
			out.ExtraSpecs[key] = value
		}
		return out
	}
	hot := openstack.Server{ServerStatus: openstack.ServerStatus{VCPUs: 2, RAM: 4096, Cores: 1, CPUHotAdd: true, RAMHotAdd: true}}
	cold := openstack.Server{ServerStatus: openstack.ServerStatus{VCPUs: 2, RAM: 4096, Cores: 1}}
	with := func(ram, most, step int64, guest string) openstack.Server {
		return openstack.Server{ServerStatus: openstack.ServerStatus{VCPUs: 2, RAM: ram, Cores: 1, CPUHotAdd: true, RAMHotAdd: true,
			RAMLimit: most, RAMStep: step, GuestID: guest}}
	}
	for name, c := range map[string]struct {
		have openstack.Server
		to   openstack.Flavor
		off  bool
	}{
		"grow, hot":           {hot, f(4, 8192), false},
		"grow cpu, cold":      {cold, f(4, 4096), true},
		"grow ram, cold":      {cold, f(2, 8192), true},
		"fewer vcpus":         {hot, f(1, 4096), true},
		"less memory":         {hot, f(2, 2048), true},
		"other cores":         {hot, f(4, 4096, "hw:cpu_cores=2"), true},
		"hot-add switched":    {cold, f(2, 4096, "vmware:cpu_hot_add=true"), true},
		"only a reservation":  {cold, f(2, 4096, "quota:cpu_reservation=100"), false},
		"nothing but the tag": {cold, f(2, 4096), false},

		"up to the limit":                        {with(4096, 65536, 128, "debian12_64Guest"), f(2, 65536), false},
		"beyond the limit":                       {with(4096, 65536, 128, "debian12_64Guest"), f(2, 65664), true},
		"not in steps":                           {with(4096, 65536, 128, "debian12_64Guest"), f(2, 4160), true},
		"Linux up to 3 GB":                       {with(2048, 3072, 128, "debian12_64Guest"), f(2, 3072), false},
		"Linux past 3 GB":                        {with(2048, 3072, 128, "debian12_64Guest"), f(2, 4096), true},
		"Linux past 3 GB, no limit known":        {with(2048, 0, 0, "ubuntu64Guest"), f(2, 4096), true},
		"Linux past 3 GB, a larger limit":        {with(2048, 32768, 128, "otherLinux64Guest"), f(2, 4096), true},
		"Linux at 3 GB, grown while it ran":      {with(3072, 3072, 128, "debian12_64Guest"), f(2, 4096), true},
		"Windows past 3 GB":                      {with(2048, 32768, 128, "windows2019srv_64Guest"), f(2, 4096), false},
		"past 3 GB, as an older state remembers": {with(2048, 0, 0, ""), f(2, 4096), false},
		"vCPUs beside a limit":                   {with(4096, 4096, 128, "debian12_64Guest"), f(4, 4096), false},
	} {
		why, err := ResizeNeedsPowerOff(nil, c.have, c.to)
		if err != nil || (why != "") != c.off {
			t.Errorf("%s: %q, %v", name, why, err)
		}
	}
}
