// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"cmp"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// ImageMachine is the VM that keeps an image: the hardware that clones take over from it.
type ImageMachine struct {
	ID         string            // its instance UUID
	Name       string            // as people write it
	Properties map[string]string // of the image, by Glance's names
	Capacity   int64             // of its disk, in bytes; 0: it has none
	Extra      map[string]string // its extraConfig
}

// Of a VM that is never started, as little as ESX makes one with.
const (
	imageVCPUs    = 1
	imageMemoryMB = 128
)

// shaping are the properties that a template is made by. The others shape the instances that are made of it.
var shaping = []string{"vmware_ostype", "os_distro", "hw_firmware_type", "os_secure_boot", "vmware_adaptertype", "hw_disk_bus",
	"hw_scsi_model"}

// Spec is the VM as a ConfigSpec: one empty thin disk on the controller that the properties name, no NIC, and the newest hardware version
// that its cluster makes. Where no property says what the guest is, it is Nova's otherGuest. A bad value is an error at the image's
// properties.
func (m ImageMachine) Spec() (types.VirtualMachineConfigSpec, error) {
	asked := map[string]string{}
	for _, key := range shaping {
		if value := m.Properties[key]; value != "" {
			asked[key] = value
		}
	}
	compiled, err := Compile(openstack.Flavor{VCPUs: imageVCPUs, RAM: imageMemoryMB}, asked)
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	b := compiled.read
	return types.VirtualMachineConfigSpec{
		Name: m.Name, InstanceUuid: m.ID, NumCPUs: imageVCPUs, MemoryMB: imageMemoryMB,
		GuestId: cmp.Or(b.guestID, string(types.VirtualMachineGuestOsIdentifierOtherGuest)), Firmware: b.firmware,
		BootOptions: b.bootOptions(), ExtraConfig: options(m.Extra), DeviceChange: m.devices(cmp.Or(b.adapter, hardware.DefaultAdapter)),
	}, nil
}

// devices are the disk and its controller. The first IDE controller is there before.
func (m ImageMachine) devices(adapter string) (out []types.BaseVirtualDeviceConfigSpec) {
	if m.Capacity == 0 {
		if adapter != hardware.AdapterIDE {
			out = append(out, controller(adapter))
		}
		return out
	}
	disk := &types.VirtualDisk{CapacityInBytes: m.Capacity, CapacityInKB: m.Capacity >> 10,
		VirtualDevice: types.VirtualDevice{Key: hardware.RootDiskKey, UnitNumber: types.NewInt32(0), Backing: blank("thin"),
			ControllerKey: hardware.IDEKey}}
	if adapter != hardware.AdapterIDE {
		out = append(out, controller(adapter))
		disk.ControllerKey = hardware.ControllerKey
	}
	return append(out, hardware.Create(disk))
}
