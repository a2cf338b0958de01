package vmspec

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Delta is what must be sent so that a machine that is have becomes want. It never removes a device. Empty(Delta(...)) says
// that there is nothing to send.
func Delta(have types.VirtualMachineConfigInfo, want types.VirtualMachineConfigSpec) types.VirtualMachineConfigSpec {
	var d types.VirtualMachineConfigSpec
	if !strings.EqualFold(want.InstanceUuid, have.InstanceUuid) {
		d.InstanceUuid = want.InstanceUuid
	}
	differs(&d.NumCPUs, have.Hardware.NumCPU, want.NumCPUs)
	differs(&d.MemoryMB, int64(have.Hardware.MemoryMB), want.MemoryMB)
	differs(&d.Annotation, have.Annotation, want.Annotation)
	differs(&d.GuestId, have.GuestId, want.GuestId)
	differs(&d.Firmware, have.Firmware, want.Firmware)
	differsPointer(&d.CpuHotAddEnabled, have.CpuHotAddEnabled, want.CpuHotAddEnabled)
	differsPointer(&d.MemoryHotAddEnabled, have.MemoryHotAddEnabled, want.MemoryHotAddEnabled)
	if want.NumCoresPerSocket != nil {
		if have := have.Hardware.NumCoresPerSocket; have == nil || *have != *want.NumCoresPerSocket {
			d.NumCoresPerSocket = want.NumCoresPerSocket
		}
	}
	if d.NumCPUs != 0 { // vCenter checks both together
		d.NumCoresPerSocket = want.NumCoresPerSocket
	}
	if want.CpuAllocation != nil && !sameAllocation(have.CpuAllocation, want.CpuAllocation) {
		d.CpuAllocation = want.CpuAllocation
	}
	if want.MemoryAllocation != nil && !sameAllocation(have.MemoryAllocation, want.MemoryAllocation) {
		d.MemoryAllocation = want.MemoryAllocation
	}
	if want.Tools != nil && !sameTools(have.Tools, want.Tools) {
		d.Tools = want.Tools
	}
	d.ExtraConfig = changedOptions(have.ExtraConfig, want.ExtraConfig)
	d.DeviceChange = changedDevices(have.Hardware.Device, want.DeviceChange)
	return d
}

// Clone is Delta for a machine that is copied from a template: the template's own NICs and vApp settings stay behind.
func Clone(template types.VirtualMachineConfigInfo, want types.VirtualMachineConfigSpec) types.VirtualMachineConfigSpec {
	d := Delta(template, want)
	var remove []types.BaseVirtualDeviceConfigSpec
	for _, device := range template.Hardware.Device {
		if _, card := device.(types.BaseVirtualEthernetCard); card {
			remove = append(remove, &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: device})
		}
	}
	d.DeviceChange = append(remove, d.DeviceChange...)
	if template.VAppConfig != nil {
		d.VAppConfigRemoved = types.NewBool(true) // or cloud-init would ask it before guestinfo
	}
	return d
}

// Empty says that a spec changes nothing.
func Empty(d types.VirtualMachineConfigSpec) bool {
	return d.InstanceUuid == "" && d.Name == "" && d.NumCPUs == 0 && d.NumCoresPerSocket == nil && d.MemoryMB == 0 && d.Annotation == "" && d.GuestId == "" &&
		d.Firmware == "" && d.CpuHotAddEnabled == nil && d.MemoryHotAddEnabled == nil && d.CpuAllocation == nil && d.MemoryAllocation == nil &&
		d.Tools == nil && len(d.ExtraConfig) == 0 && len(d.DeviceChange) == 0
}

// NeedsPowerOff says whether a running machine must be shut down for the change, and why.
func NeedsPowerOff(have types.VirtualMachineConfigInfo, d types.VirtualMachineConfigSpec) (reason string) {
	hot := func(b *bool) bool { return b != nil && *b }
	switch {
	case d.NumCPUs != 0 && d.NumCPUs < have.Hardware.NumCPU:
		return "vCPUs can only be taken away while it is off"
	case d.NumCPUs != 0 && !hot(have.CpuHotAddEnabled):
		return "it has no CPU hot-add"
	case d.MemoryMB != 0 && d.MemoryMB < int64(have.Hardware.MemoryMB):
		return "memory can only be taken away while it is off"
	case d.MemoryMB != 0 && !hot(have.MemoryHotAddEnabled):
		return "it has no memory hot-add"
	case d.NumCoresPerSocket != nil && (have.Hardware.NumCoresPerSocket == nil || *have.Hardware.NumCoresPerSocket != *d.NumCoresPerSocket):
		return "cores per socket can only be changed while it is off"
	case d.CpuHotAddEnabled != nil || d.MemoryHotAddEnabled != nil:
		return "hot-add can only be switched while it is off"
	case d.Firmware != "" || d.GuestId != "":
		return "firmware and guest id can only be changed while it is off"
	}
	return ""
}

// ResizeNeedsPowerOff says whether a running instance must be shut down to get another flavor, and why.
func ResizeNeedsPowerOff(s openstack.Server, to openstack.Flavor) (reason string, err error) {
	want, _, err := Desired(Wish{Flavor: to, Properties: s.Properties})
	if err != nil {
		return "", err
	}
	cores := int32(s.Cores)
	have := types.VirtualMachineConfigInfo{CpuHotAddEnabled: &s.CPUHotAdd, MemoryHotAddEnabled: &s.RAMHotAdd, Firmware: want.Firmware, GuestId: want.GuestId,
		Hardware: types.VirtualHardware{NumCPU: int32(s.VCPUs), MemoryMB: int32(s.RAM), NumCoresPerSocket: &cores}}
	return NeedsPowerOff(have, Delta(have, want)), nil
}

func differs[T comparable](target *T, have, want T) {
	var unset T
	if want != unset && want != have {
		*target = want
	}
}

func differsPointer(target **bool, have, want *bool) {
	if want != nil && (have == nil && *want || have != nil && *have != *want) {
		*target = want
	}
}

func sameTools(have, want *types.ToolsConfigInfo) bool {
	on := func(b *bool) bool { return b != nil && *b }
	return have != nil && on(have.AfterPowerOn) == on(want.AfterPowerOn) && on(have.AfterResume) == on(want.AfterResume) &&
		on(have.BeforeGuestStandby) == on(want.BeforeGuestStandby) && on(have.BeforeGuestShutdown) == on(want.BeforeGuestShutdown) &&
		on(have.BeforeGuestReboot) == on(want.BeforeGuestReboot)
}

func changedOptions(have, want []types.BaseOptionValue) []types.BaseOptionValue {
	now := make(map[string]any, len(have))
	for _, o := range have {
		now[o.GetOptionValue().Key] = o.GetOptionValue().Value
	}
	var out []types.BaseOptionValue
	for _, o := range want {
		v := o.GetOptionValue()
		if value, ok := now[v.Key]; !ok && v.Value != "" || ok && value != v.Value {
			out = append(out, o)
		}
	}
	return out
}

// changedDevices compares the root disk by its place and NICs by their MAC.
func changedDevices(have []types.BaseVirtualDevice, want []types.BaseVirtualDeviceConfigSpec) []types.BaseVirtualDeviceConfigSpec {
	var out []types.BaseVirtualDeviceConfigSpec
	for _, w := range want {
		switch device := w.GetVirtualDeviceConfigSpec().Device.(type) {
		case *types.VirtualDisk:
			if edit := changedDisk(RootDisk(have), device); edit != nil {
				out = append(out, edit)
			}
		case types.BaseVirtualEthernetCard:
			if change := changedCard(have, w, device); change != nil {
				out = append(out, change)
			}
		}
	}
	return out
}

// RootDisk is the disk with the lowest controller and unit, as Nova finds it. Nil where there is none.
func RootDisk(devices []types.BaseVirtualDevice) *types.VirtualDisk {
	var root *types.VirtualDisk
	unit := func(d *types.VirtualDisk) int32 {
		if d.UnitNumber == nil {
			return 0
		}
		return *d.UnitNumber
	}
	for _, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if ok && (root == nil || disk.ControllerKey < root.ControllerKey || disk.ControllerKey == root.ControllerKey && unit(disk) < unit(root)) {
			root = disk
		}
	}
	return root
}

// changedDisk grows a disk, and sets its share of the storage; it never shrinks one.
func changedDisk(have, want *types.VirtualDisk) types.BaseVirtualDeviceConfigSpec {
	if have == nil {
		return nil
	}
	grow := want.CapacityInKB > have.CapacityInKB
	share := !sameStorage(have.StorageIOAllocation, want.StorageIOAllocation)
	if !grow && !share {
		return nil
	}
	edit := *have
	if grow {
		edit.CapacityInKB, edit.CapacityInBytes = want.CapacityInKB, want.CapacityInBytes
	}
	if share {
		edit.StorageIOAllocation = want.StorageIOAllocation
	}
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: &edit}
}

// changedCard adds a NIC whose MAC nobody has, or sets the traffic limits of the one that has it.
func changedCard(have []types.BaseVirtualDevice, add types.BaseVirtualDeviceConfigSpec, want types.BaseVirtualEthernetCard) types.BaseVirtualDeviceConfigSpec {
	limits := want.GetVirtualEthernetCard().ResourceAllocation
	for _, device := range have {
		card, ok := device.(types.BaseVirtualEthernetCard)
		if !ok || !strings.EqualFold(card.GetVirtualEthernetCard().MacAddress, want.GetVirtualEthernetCard().MacAddress) {
			continue
		}
		if limits == nil || sameTraffic(card.GetVirtualEthernetCard().ResourceAllocation, limits) {
			return nil
		}
		edit := copyOf(card)
		edit.GetVirtualEthernetCard().ResourceAllocation = limits
		return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: asDevice(edit)}
	}
	return add
}

// copyOf is a NIC of the same type with the same values: what was read stays as it was.
func copyOf(card types.BaseVirtualEthernetCard) types.BaseVirtualEthernetCard {
	target := reflect.New(reflect.TypeOf(card).Elem())
	target.Elem().Set(reflect.ValueOf(card).Elem())
	out, _ := target.Interface().(types.BaseVirtualEthernetCard)
	return out
}
