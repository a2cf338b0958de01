// SPDX-License-Identifier: MPL-2.0

package replay

import (
	"context"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// own replaces the placeholders in a text of a recording by its number and the vCenter's names.
func (r *Replayer) own(at take, text string) string {
	n := at.Number()
	for _, kind := range []string{"a0000000", "c0000000", "e0000000"} { // instances, ports, volumes
		text = strings.ReplaceAll(text, kind+"-0000-4000-8000-000000000", kind+"-0000-4000-8000-000000"+n)
	}
	text = strings.ReplaceAll(text, "fa:16:3e:00:00:", "fa:16:3e:0"+n[:1]+":"+n[1:]+":")
	return strings.NewReplacer("[LocalDS_0]", "["+storeName+"]", "flavor:name:m1.test", "flavor:name:m1.test-"+n, "flavor:name:m1.resized",
		"flavor:name:m1.resized-"+n, "${NSX_ID}", r.segment).Replace(text)
}

// localize replaces the recording's keys in a specification by the vCenter's own, and makes the files that it names.
func (r *Replayer) localize(ctx context.Context, vm *object.VirtualMachine, spec *types.VirtualMachineConfigSpec, at take) (err error) {
	var have object.VirtualDeviceList
	if vm != nil {
		if have, err = vm.Device(ctx); err != nil {
			return err
		}
	}
	for _, change := range spec.DeviceChange {
		if err := r.localizeDevice(ctx, have, change.GetVirtualDeviceConfigSpec(), at); err != nil {
			return err
		}
	}
	if spec.BootOptions != nil { // of a rescue: the disk that the machine has got last
		disks := have.SelectByType((*types.VirtualDisk)(nil))
		for _, entry := range spec.BootOptions.BootOrder {
			if disk, is := entry.(*types.VirtualMachineBootOptionsBootableDiskDevice); is && len(disks) > 0 {
				disk.DeviceKey = disks[len(disks)-1].GetVirtualDevice().Key
			}
		}
	}
	for _, option := range spec.ExtraConfig { // a volume is identified by its disk's UUID
		o := option.GetOptionValue()
		if id, is := strings.CutPrefix(o.Key, "volume-"); is && o.Value != nil && o.Value != "" {
			o.Value = backingOf(have, id)
		}
		if o.Value == nil {
			o.Value = ""
		}
	}
	return nil
}

// localizeDevice does so for one change of a device.
func (r *Replayer) localizeDevice(ctx context.Context, have object.VirtualDeviceList, c *types.VirtualDeviceConfigSpec,
	at take) (err error) {
	if c.Operation == types.VirtualDeviceConfigSpecOperationRemove {
		c.Device, err = there(have, c.Device)
		return err
	}
	place(have, c.Device.GetVirtualDevice())
	switch device := c.Device.(type) {
	case types.BaseVirtualEthernetCard:
		if b, ok := device.GetVirtualEthernetCard().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok {
			b.Port = r.plugs[b.Port.PortgroupKey]
		}
	case *types.VirtualDisk:
		return r.file(ctx, device, c.FileOperation != "", at)
	case *types.VirtualCdrom:
		iso := device.Backing.(*types.VirtualCdromIsoBackingInfo)
		iso.Datastore = nil
		return r.upload(ctx, iso.FileName)
	}
	return nil
}

// place finds the controller that a device was recorded on: the keys of IDE are the same everywhere, any other is the VM's SCSI
// controller.
func place(have object.VirtualDeviceList, device *types.VirtualDevice) {
	if device.ControllerKey <= 0 || device.ControllerKey == 200 || device.ControllerKey == 201 {
		return
	}
	for _, d := range have.SelectByType((*types.VirtualSCSIController)(nil)) {
		device.ControllerKey = d.GetVirtualDevice().Key
	}
}

// there finds the VM's device that was recorded: a NIC by its address, a disk by its file.
func there(have object.VirtualDeviceList, device types.BaseVirtualDevice) (types.BaseVirtualDevice, error) {
	for _, is := range have {
		switch want := device.(type) {
		case types.BaseVirtualEthernetCard:
			if card, ok := is.(types.BaseVirtualEthernetCard); ok && card.GetVirtualEthernetCard().MacAddress == want.GetVirtualEthernetCard().
				MacAddress {
				return is, nil
			}
		case *types.VirtualDisk:
			if disk, ok := is.(*types.VirtualDisk); ok && fileOf(disk) == fileOf(want) {
				return is, nil
			}
		}
	}
	return nil, fmt.Errorf("the machine has no %T %+v", device, device.GetVirtualDevice().Backing)
}

func fileOf(disk *types.VirtualDisk) string {
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return b.GetVirtualDeviceFileBackingInfo().FileName
	}
	return ""
}

func backingOf(have object.VirtualDeviceList, volume string) string {
	for _, device := range have {
		if disk, ok := device.(*types.VirtualDisk); ok && strings.Contains(fileOf(disk), volume) {
			return disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).Uuid
		}
	}
	return "none"
}
