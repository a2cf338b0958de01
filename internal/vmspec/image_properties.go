// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// imageRows are the image properties that Nova's VMware driver reads. A legacy name stands before the current one, so that the current
// one overrides it.
var imageRows = []Row{
	{Property: "vmware_ostype", Values: "a vSphere guest id, for example debian12_64Guest",
		Effect:     "guest id; unset: the template's. The ids of ESXi and Hyper-V also switch on nested virtualisation",
		Precedence: "os_distro, where it is a guest id", set: setGuestID},
	{Property: "os_distro", Values: "a vSphere guest id; other words are passed over", Effect: "guest id, as vmware_ostype",
		Precedence: "over vmware_ostype", set: setDistro},
	{Property: "os_type", Values: "linux, windows", Effect: "windows: the administrator's password goes into the config drive",
		set: setOSType},
	{Property: "vmware_adaptertype", Values: strings.Join(hardware.AdapterNames, ", "),
		Effect: "adapter of the root disk; unset: the template's", Precedence: "hw_disk_bus and hw_scsi_model", set: setAdapter},
	{Property: "hw_disk_bus", Values: "scsi, ide; others are passed over", Effect: "adapter of the root disk; scsi without a model: lsiLogic",
		Precedence: "over vmware_adaptertype", set: setDiskBus},
	{Property: "hw_scsi_model", Values: "lsilogic, lsisas1068, buslogic, vmpvscsi; others are passed over",
		Effect: "adapter of the root disk, where hw_disk_bus is scsi or unset", Precedence: "over vmware_adaptertype", set: setSCSIModel},
	{Property: "vmware_disktype", Values: strings.Join(diskTypes, ", "),
		Effect:     "provisioning of copied disks; sparse and streamOptimized say how the image came, and nothing here. Unset: the template's",
		Precedence: "hw_disk_type", set: setDiskType},
	{Property: "hw_disk_type", Values: "as vmware_disktype", Effect: "as vmware_disktype", Precedence: "over vmware_disktype",
		set: setDiskType},
	{Property: "vmware_linked_clone", Values: "true, false", Effect: "true: a linked clone of the template's current snapshot, which then " +
		"must not be removed. Unset: a full copy", Precedence: "img_linked_clone", set: setLinked},
	{Property: "img_linked_clone", Values: "true, false", Effect: "as vmware_linked_clone", Precedence: "over vmware_linked_clone",
		set: setLinked},
	{Property: "hw_vif_model", Values: strings.Join(nicModels(), ", "), Effect: "type of every NIC; unset: e1000, as in Nova",
		set: setNICType},
	{Property: "hw_firmware_type", Values: "bios, uefi", Effect: "firmware; unset: the template's", set: setFirmware},
	{ExtraSpec: "hw_video:ram_max_mb", Values: "MB", Effect: "the largest hw_video_ram that an image may ask for; unset: none",
		set: toNumber(func(b *builder) *int64 { return &b.videoMost }, 0, 1<<20)},
	{Property: "hw_video_ram", Values: "MB", Effect: "memory of the video card", Precedence: "hw_video:ram_max_mb of the flavor is its limit",
		set: toNumber(func(b *builder) *int64 { return &b.videoRAM }, 0, 1<<20)},
	{Property: customizationProperty, Values: CustomizeLinux + ", " + CustomizeWindows,
		Effect: "for images without cloud-init: vSphere's guest customization (LinuxPrep, Sysprep) gives the guest its host name and " +
			"addresses, and Windows its administrator's password, with the clone and at the first start. Unset: cloud-init is told",
		set: toWord(func(b *builder) *string { return &b.customization }, CustomizeLinux, CustomizeWindows)},
	{Property: "img_config_drive", Values: "mandatory, optional", Effect: "mandatory: a config drive, whatever the instance says",
		set: toWord(func(b *builder) *string { return &b.configDrive }, "mandatory", "optional")},
}

func setAdapter(b *builder, value string, _ bool) error {
	i := slices.IndexFunc(hardware.AdapterNames, func(name string) bool { return strings.EqualFold(name, value) })
	if i < 0 {
		return fmt.Errorf("%q is not an adapter: write one of %s", value, strings.Join(hardware.AdapterNames, ", "))
	}
	b.adapter = hardware.AdapterNames[i]
	return nil
}

func setDiskBus(b *builder, value string, _ bool) error {
	switch value {
	case hardware.AdapterIDE:
		b.adapter = hardware.AdapterIDE
	case "scsi":
		b.adapter = hardware.DefaultAdapter
	}
	return nil
}

// scsiModels maps OpenStack's names of SCSI controllers to Nova's.
var scsiModels = map[string]string{"lsilogic": "lsiLogic", "lsisas1068": "lsiLogicsas", "buslogic": "busLogic", "vmpvscsi": "paraVirtual"}

func setSCSIModel(b *builder, value string, _ bool) error {
	if adapter := scsiModels[value]; adapter != "" && b.adapter != hardware.AdapterIDE {
		b.adapter = adapter
	}
	return nil
}

var diskTypes = []string{"preallocated", "thick", "thin", "eagerZeroedThick", "sparse", "streamOptimized"}

func setDiskType(b *builder, value string, _ bool) error {
	if !slices.Contains(diskTypes, value) {
		return fmt.Errorf("%q is not a disk type: write one of %s", value, strings.Join(diskTypes, ", "))
	}
	b.provisioning = map[string]string{"preallocated": "preallocated", "thick": "preallocated", "thin": "thin",
		"eagerZeroedThick": "eagerZeroedThick"}[value]
	return nil
}

// setLinked reads a value that is no boolean as false, as Nova does.
func setLinked(b *builder, value string, _ bool) error {
	linked, err := parseBool(value)
	linked = linked && err == nil
	b.linked = &linked
	return nil
}

func setFirmware(b *builder, value string, _ bool) error {
	firmware, ok := map[string]types.GuestOsDescriptorFirmwareType{"uefi": types.GuestOsDescriptorFirmwareTypeEfi,
		"bios": types.GuestOsDescriptorFirmwareTypeBios}[value]
	if !ok {
		return fmt.Errorf("%q is not a firmware: write bios or uefi", value)
	}
	b.firmware = string(firmware)
	return nil
}
