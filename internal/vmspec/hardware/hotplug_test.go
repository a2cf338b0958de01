// SPDX-License-Identifier: MPL-2.0

package hardware_test

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// with returns the devices of a VM with a root disk on a unit of a controller.
func with(controller types.BaseVirtualDevice, key, unit int32) []types.BaseVirtualDevice {
	controller.GetVirtualDevice().Key = key
	return []types.BaseVirtualDevice{controller, diskOn(key, unit)}
}

func diskOn(key, unit int32) *types.VirtualDisk {
	disk := new(types.VirtualDisk)
	disk.Key, disk.ControllerKey, disk.UnitNumber = 2000+unit, key, &unit
	return disk
}

// TestPlacesOfControllers: how many disks a machine can get beside its root disk, by the type of its controller and the hardware version,
// and how many more on controllers that can be added.
func TestPlacesOfControllers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		devices       []types.BaseVirtualDevice
		version       string
		running       bool
		free, addable int
		last          string
	}{
		"paravirtual":         {with(new(types.ParaVirtualSCSIController), 1000, 0), "vmx-14", true, 63, 3 * 64, "scsi0:64"},
		"old paravirtual":     {with(new(types.ParaVirtualSCSIController), 1000, 0), "vmx-13", true, 14, 3 * 15, "scsi0:15"},
		"unknown version":     {with(new(types.ParaVirtualSCSIController), 1000, 0), "", true, 14, 3 * 15, "scsi0:15"},
		"LSI Logic":           {with(new(types.VirtualLsiLogicController), 1000, 0), "vmx-21", true, 14, 3 * 15, "scsi0:15"},
		"LSI Logic SAS":       {with(new(types.VirtualLsiLogicSASController), 1000, 0), "vmx-21", true, 14, 3 * 15, "scsi0:15"},
		"BusLogic":            {with(new(types.VirtualBusLogicController), 1000, 0), "vmx-21", true, 14, 3 * 15, "scsi0:15"},
		"NVMe":                {with(new(types.VirtualNVMEController), 31000, 0), "vmx-20", true, 14, 3 * 15, "nvme0:14"},
		"new NVMe":            {with(new(types.VirtualNVMEController), 31000, 0), "vmx-21", true, 254, 3 * 255, "nvme0:254"},
		"SATA, off":           {with(new(types.VirtualAHCIController), 15000, 0), "vmx-21", false, 29, 0, "sata0:29"},
		"SATA":                {with(new(types.VirtualAHCIController), 15000, 0), "vmx-21", true, 0, 0, ""},
		"IDE, off":            {with(new(types.VirtualIDEController), 200, 0), "vmx-21", false, 1, 0, "ide0:1"},
		"IDE":                 {with(new(types.VirtualIDEController), 200, 0), "vmx-21", true, 0, 0, ""},
		"nothing before root": {with(new(types.ParaVirtualSCSIController), 1000, 60), "vmx-19", true, 4, 3 * 64, "scsi0:64"},
	} {
		free := 0
		devices, last := c.devices, ""
		p := hardware.PluggableOf(devices, c.version, c.running)
		if p.Free() != c.free || p.Addable() != c.addable {
			t.Errorf("%s: %d are free and %d addable, and not %d and %d", name, p.Free(), p.Addable(), c.free, c.addable)
		}
		for at, key, ok := p.Next(nil); ok; at, key, ok = hardware.PluggableOf(devices, c.version, c.running).Next(nil) {
			free, last = free+1, at.String()
			if devices = append(devices, diskOn(key, at.Unit)); hardware.RootDisk(devices) != c.devices[1] {
				t.Fatalf("%s: %s comes before the root disk", name, at)
			}
		}
		if free != c.free || last != c.last {
			t.Errorf("%s: %d disks found a place, the last in %s; not %d, %s", name, free, last, c.free, c.last)
		}
	}
}

// TestAnotherController: it is of the root disk's type, on the next bus; the root disk stays the first, so that no bus before it counts.
func TestAnotherController(t *testing.T) {
	t.Parallel()
	devices := with(new(types.ParaVirtualSCSIController), 1001, 0)
	devices[0].(*types.ParaVirtualSCSIController).BusNumber = 1
	for bus := int32(2); bus < 4; bus++ {
		made, ok := hardware.PluggableOf(devices, "vmx-19", true).Controller().(*types.ParaVirtualSCSIController)
		if !ok || made.BusNumber != bus || made.SharedBus != types.VirtualSCSISharingNoSharing {
			t.Fatalf("the next is %+v", made)
		}
		made.Key = 1000 + bus
		devices = append(devices, made)
	}
	if more := hardware.PluggableOf(devices, "vmx-19", true).Controller(); more != nil {
		t.Errorf("a fifth is %+v", more)
	}
	if more := hardware.PluggableOf(with(new(types.VirtualIDEController), 200, 0), "vmx-19", false).Controller(); more != nil {
		t.Errorf("another of IDE is %+v", more)
	}
	full := []int32{1001, 1002}
	if at, key, ok := hardware.PluggableOf(devices, "vmx-19", true).Next(full); !ok || key != 1003 || at.String() != "scsi3:0" {
		t.Errorf("after full controllers comes %s on %d", at, key)
	}
}

// TestDeviceNames: each place has a name of its own, in the order of buses and units; only SCSI has a path by the disk's UUID.
func TestDeviceNames(t *testing.T) {
	t.Parallel()
	devices := with(new(types.VirtualLsiLogicController), 1000, 0)
	second := &types.VirtualLsiLogicController{}
	second.Key, second.BusNumber = 1001, 1
	devices = append(devices, second, &types.VirtualNVMEController{}, with(new(types.VirtualIDEController), 200, 0)[0])
	for text, want := range map[string]string{"scsi0:0": "/dev/sda", "scsi0:1": "/dev/sdb", "scsi0:6": "/dev/sdg", "scsi0:8": "/dev/sdh",
		"scsi0:15": "/dev/sdo", "scsi1:0": "/dev/sdp", "scsi1:12": "/dev/sdaa", "nvme0:0": "/dev/nvme0n1"} {
		at, _ := hardware.ParsePlace(text)
		if got := hardware.DeviceName(devices, "vmx-19", at); got != want {
			t.Errorf("%s is %s, and not %s", text, got, want)
		}
	}
	for _, c := range []struct{ place, uuid, want string }{
		{"scsi0:1", "6000C29B-5f1e-2d3c-4b5a-697887960514", "/dev/disk/by-id/wwn-0x6000c29b5f1e2d3c4b5a697887960514"},
		{"scsi0:1", "", ""}, {"nvme0:1", "6000C29B-5f1e-2d3c-4b5a-697887960514", ""}} {
		at, _ := hardware.ParsePlace(c.place)
		if got := hardware.DiskByID(at, c.uuid); got != c.want {
			t.Errorf("%s with %q is %q", c.place, c.uuid, got)
		}
	}
}
