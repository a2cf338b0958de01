// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestDesiredAllocations(t *testing.T) {
	t.Parallel()
	f := openstack.Flavor{Name: "f", VCPUs: 2, RAM: 2048, Disk: 20, ExtraSpecs: map[string]string{
		"quota:cpu_reservation": "500", "quota:cpu_limit": "1000", "quota:cpu_shares_level": "high",
		"quota:memory_shares_level": "custom", "quota:memory_shares_share": "1948", "quota:disk_io_limit": "700", "quota:vif_reservation": "10",
	}}
	spec, leftover, err := Desired(Instance{Flavor: f, NICs: []NIC{{Network: openstack.Network{Kind: openstack.NetworkStandard, Name: "n"},
		MAC: "00:50:56:00:00:01"}}})
	if err != nil || len(leftover) != 0 {
		t.Fatal(leftover, err)
	}
	if c := spec.CpuAllocation; *c.Reservation != 500 || *c.Limit != 1000 || c.Shares.Level != types.SharesLevelHigh || c.Shares.Shares != 0 {
		t.Errorf("CPU: %+v", c)
	}
	if m := spec.MemoryAllocation; *m.Reservation != 0 || *m.Limit != -1 || m.Shares.Level != types.SharesLevelCustom ||
		m.Shares.Shares != 1948 {
		t.Errorf("memory: %+v", m)
	}
	disk := spec.DeviceChange[0].GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk)
	if *disk.StorageIOAllocation.Limit != 700 || disk.CapacityInKB != 20<<20 || disk.CapacityInBytes != 20<<30 {
		t.Errorf("disk: %+v", disk)
	}
	card := spec.DeviceChange[1].GetVirtualDeviceConfigSpec().Device.(*types.VirtualE1000)
	if *card.ResourceAllocation.Reservation != 10 || card.MacAddress != "00:50:56:00:00:01" || card.AddressType != "manual" ||
		*card.WakeOnLanEnabled != true {
		t.Errorf("NIC: %+v", card)
	}
}

func TestBadValuesAreRefusedAtTheirKey(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]struct {
		specs map[string]string
		says  string
	}{
		"quota:cpu_limit":           {map[string]string{"quota:cpu_limit": "abc"}, "not a whole number"},
		"quota:cpu_shares_level":    {map[string]string{"quota:cpu_shares_level": "bogus"}, "low, normal, high or custom"},
		"hw:cpu_sockets":            {map[string]string{"hw:cpu_sockets": "x"}, "not a whole number"},
		"vmware:cpu_hot_add":        {map[string]string{"vmware:cpu_hot_add": "perhaps"}, "neither true nor false"},
		"quota:memory_shares_share": {map[string]string{"quota:memory_shares_level": "normal", "quota:memory_shares_share": "5"}, "custom"},
		"quota:cpu_reservation":     {map[string]string{"quota:cpu_reservation": "9", "quota:cpu_limit": "5"}, "above"},
	} {
		_, err := Leftover(openstack.Flavor{VCPUs: 1, RAM: 4, ExtraSpecs: c.specs})
		var field *openstack.FieldError
		if !errors.As(err, &field) || field.Field != "extra_specs" || !strings.Contains(err.Error(), c.says) ||
			!strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestLeftover(t *testing.T) {
	t.Parallel()
	got, err := Leftover(openstack.Flavor{VCPUs: 1, RAM: 4, ExtraSpecs: map[string]string{
		"quota:cpu_limit": "100", "xenapi:x": "1", "os:vtpm": "required", "trait:HW_CPU_X86_AVX2": "required", "hw:pmu": "true"}})
	if err != nil || !slices.Equal(got, []string{"hw:pmu", "os:vtpm", "trait:HW_CPU_X86_AVX2", "xenapi:x"}) {
		t.Error(got, err)
	}
}

func TestImageProperties(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		property, value string
		ok              func(types.VirtualMachineConfigSpec) bool
	}{
		{"hw_firmware_type", "uefi", func(s types.VirtualMachineConfigSpec) bool { return s.Firmware == "efi" }},
		{"hw_firmware_type", "bios", func(s types.VirtualMachineConfigSpec) bool { return s.Firmware == "bios" }},
		{"vmware_ostype", "debian12_64Guest", func(s types.VirtualMachineConfigSpec) bool { return s.GuestId == "debian12_64Guest" }},
		{"hw_cpu_sockets", "2", func(s types.VirtualMachineConfigSpec) bool { return *s.NumCoresPerSocket == 2 }},
		{"hw_vif_model", "VirtualVmxnet3", nil}, {"hw_vif_model", "vmxnet3", nil}, {"os_version", "12", nil},
		{"hw_firmware_type", "coreboot", func(types.VirtualMachineConfigSpec) bool { return false }},
		{"hw_vif_model", "virtio", func(types.VirtualMachineConfigSpec) bool { return false }},
	} {
		spec, _, err := Desired(Instance{Flavor: openstack.Flavor{VCPUs: 4, RAM: 4}, Properties: map[string]string{c.property: c.value},
			NICs: []NIC{{Network: openstack.Network{Kind: openstack.NetworkStandard}}}})
		refused := c.value == "coreboot" || c.value == "virtio"
		if refused != (err != nil) {
			t.Errorf("%s=%s: %v", c.property, c.value, err)
		} else if !refused && c.ok != nil && !c.ok(spec) {
			t.Errorf("%s=%s: %+v", c.property, c.value, spec)
		}
		if c.property == "hw_vif_model" && !refused {
			if _, vmxnet3 := spec.DeviceChange[1].GetVirtualDeviceConfigSpec().Device.(*types.VirtualVmxnet3); !vmxnet3 {
				t.Errorf("%s: %T", c.value, spec.DeviceChange[1].GetVirtualDeviceConfigSpec().Device)
			}
		}
	}
}

// TestTableIsDocumented checks that every row can be printed.
func TestTableIsDocumented(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range Table {
		if row.ExtraSpec == "" && row.Property == "" || row.Values == "" || row.Effect == "" || row.set == nil {
			t.Errorf("an incomplete row: %+v", row)
		}
		if key := row.ExtraSpec + "|" + row.Property; seen[key] {
			t.Errorf("%s twice", key)
		} else {
			seen[key] = true
		}
	}
}

func TestAnnotationHasNovasLines(t *testing.T) {
	t.Parallel()
	spec, _, err := Desired(Instance{Name: "test-vm", ImageID: "img", Owner: Owner{User: "demo", Project: "p", Package: "x 1"},
		Flavor: openstack.Flavor{Name: "m1.test", VCPUs: 1, RAM: 512, Disk: 1}})
	want := "name:test-vm\nuserid:demo\nusername:demo\nprojectid:p\nprojectname:p\nflavor:name:m1.test\nflavor:memory_mb:512\n" +
		"flavor:vcpus:1\nflavor:ephemeral_gb:0\nflavor:root_gb:1\nflavor:swap:0\nimageid:img\npackage:x 1\n"
	if err != nil || spec.Annotation != want {
		t.Errorf("%v\n%s", err, spec.Annotation)
	}
}
