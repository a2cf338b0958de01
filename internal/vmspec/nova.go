// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// The marks that OpenStack's own VMware driver leaves on a VM, beside the annotation.
const (
	novaExtension = "org.openstack.compute" // in managedBy
	InstanceKey   = "nvp.vm-uuid"           // the UUID of the VM's instance
	volumeKey     = "volume-"               // followed by the volume's id; the value is the UUID of the disk's backing
)

var ephemeralFile = regexp.MustCompile(`^ephemeral_\d+\.vmdk$`)

// OfNova reports whether a VM has Nova's marks. Instances of this provider have InstanceKey too.
func OfNova(config types.VirtualMachineConfigInfo, keys map[string]string) bool {
	return keys[InstanceKey] != "" || config.ManagedBy != nil && config.ManagedBy.ExtensionKey == novaExtension
}

// NovaName returns the name of an instance from its VM's name, which in Nova ends with the UUID and holds at most 41 characters of the
// instance's name; the annotation has all of it. found is false for any other VM name, because a person renamed that VM.
func NovaName(machine, id, annotated string) (name string, found bool) {
	short, long := strings.CutSuffix(machine, " ("+id+")")
	switch {
	case !long && !strings.EqualFold(machine, id):
		return "", false
	case annotated != "":
		return annotated, true
	}
	return short, true
}

// Volumes returns the ids of the volumes that Nova attached to a VM, by the keys of their disks. They are not the VM's own disks.
func Volumes(keys map[string]string, devices []types.BaseVirtualDevice) map[int32]string {
	out := map[int32]string{}
	for key, backing := range keys {
		id, ok := strings.CutPrefix(key, volumeKey)
		if !ok || backing == "" {
			continue
		}
		for _, device := range devices {
			if disk, is := device.(*types.VirtualDisk); is && strings.EqualFold(hardware.BackingUUID(disk), backing) {
				out[disk.Key] = id
			}
		}
	}
	return out
}

// NovaDisks returns a VM's ephemeral and swap disks, found by the names of their files, through snapshots too.
func NovaDisks(devices []types.BaseVirtualDevice) (disks []openstack.Disk) {
	b, root := hardware.SlotsOf(devices, ""), hardware.RootDisk(devices)
	for _, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if !ok || disk == root {
			continue
		}
		at, ok := b.PlaceOf(disk)
		if kind := novaKind(disk); ok && kind != "" {
			disks = append(disks, openstack.Disk{Kind: kind, MB: disk.CapacityInKB >> 10, Place: at.String()})
		}
	}
	slices.SortStableFunc(disks, func(a, b openstack.Disk) int { return strings.Compare(a.Kind, b.Kind) }) // in the order of Disks
	return disks
}

func novaKind(disk *types.VirtualDisk) string {
	files := hardware.Parents(disk)
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		files = append(files, b.GetVirtualDeviceFileBackingInfo().FileName)
	}
	for _, file := range files {
		switch name := path.Base(file); {
		case ephemeralFile.MatchString(name):
			return openstack.DiskEphemeral
		case name == "swap.vmdk":
			return openstack.DiskSwap
		}
	}
	return ""
}

// NovaConfigDrive reports whether a VM has a config drive made by Nova.
func NovaConfigDrive(devices []types.BaseVirtualDevice) bool {
	return slices.ContainsFunc(devices, func(device types.BaseVirtualDevice) bool {
		iso, ok := device.GetVirtualDevice().Backing.(*types.VirtualCdromIsoBackingInfo)
		return ok && path.Base(iso.FileName) == "configdrive.iso"
	})
}
