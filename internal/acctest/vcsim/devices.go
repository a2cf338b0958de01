package vcsim

import (
	"fmt"
	"net"
	"reflect"
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// devices decide which changes of devices a machine takes.
type devices struct {
	*base
	ports *switchPorts
	keys  bool // there is a key provider
}

func newDevices(b *base, ports *switchPorts, keys bool) *devices {
	return &devices{base: b, ports: ports, keys: keys}
}

// bench is what device changes are checked against.
type bench struct {
	*devices
	host   *simulator.HostSystem
	home   *simulator.Datastore
	have   object.VirtualDeviceList
	adding []types.BaseVirtualDeviceConfigSpec
}

// check refuses a device change that a real server refuses and completes the others. The simulator begins to
// apply a change before it knows whether it can, and some it cannot apply make it panic.
func (d *devices) check(ctx *simulator.Context, where place, have []types.BaseVirtualDevice,
	spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	number(have, spec.DeviceChange)
	b := bench{devices: d, host: where.host, home: where.store, have: have, adding: spec.DeviceChange}
	for i, c := range spec.DeviceChange {
		change := c.GetVirtualDeviceConfigSpec()
		if fault := b.check(ctx, change); fault != nil {
			return at(int32(i), fault)
		}
	}
	return nil
}

// number gives new devices the keys a real server gives them, so that the order of the keys is that of the devices.
// What refers to a controller by the key its client made up follows.
func number(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) {
	used := map[int32]bool{}
	for _, d := range have {
		used[d.GetVirtualDevice().Key] = true
	}
	for _, c := range changes {
		if d := c.GetVirtualDeviceConfigSpec().Device; d != nil {
			used[d.GetVirtualDevice().Key] = true
		}
	}
	for _, c := range changes {
		change := c.GetVirtualDeviceConfigSpec()
		if change.Operation != types.VirtualDeviceConfigSpecOperationAdd || change.Device == nil {
			continue
		}
		d := change.Device.GetVirtualDevice()
		first := firstKey(change.Device)
		if d.Key > 0 || first == 0 {
			continue
		}
		key := first
		for used[key] {
			key++
		}
		used[key] = true
		follow(changes, d.Key, key)
		d.Key = key
	}
}

func firstKey(d types.BaseVirtualDevice) int32 {
	switch d.(type) {
	case types.BaseVirtualEthernetCard:
		return 4000
	case *types.VirtualDisk:
		return 2000
	case types.BaseVirtualSCSIController:
		return 1000
	case types.BaseVirtualSATAController:
		return 15000
	case *types.VirtualNVMEController:
		return 31000
	}
	return 0
}

func follow(changes []types.BaseVirtualDeviceConfigSpec, from, to int32) {
	for _, c := range changes {
		if d := c.GetVirtualDeviceConfigSpec().Device; d != nil && from < 0 && d.GetVirtualDevice().ControllerKey == from {
			d.GetVirtualDevice().ControllerKey = to
		}
	}
}

func (b bench) check(ctx *simulator.Context, change *types.VirtualDeviceConfigSpec) types.BaseMethodFault {
	if change.Device == nil || reflect.ValueOf(change.Device).IsNil() {
		return invalid("key")
	}
	if change.Operation == types.VirtualDeviceConfigSpecOperationAdd {
		return b.checkDevice(ctx, change, nil)
	}
	old := b.have.FindByKey(change.Device.GetVirtualDevice().Key)
	if old == nil || reflect.TypeOf(old) != reflect.TypeOf(change.Device) {
		return invalid("key")
	}
	if change.Operation == types.VirtualDeviceConfigSpecOperationRemove {
		change.Device = twin(old) // a client may name the key alone; the simulator looks at the rest
		return nil
	}
	change.Device = edited(old, change.Device)
	return b.checkDevice(ctx, change, old)
}

func (b bench) checkDevice(ctx *simulator.Context, change *types.VirtualDeviceConfigSpec,
	old types.BaseVirtualDevice) types.BaseMethodFault {
	switch d := change.Device.(type) {
	case *types.VirtualDisk:
		if fault := b.checkDisk(ctx, change, d, old); fault != nil {
			return fault
		}
	case types.BaseVirtualEthernetCard:
		return b.checkNIC(ctx, d.GetVirtualEthernetCard())
	case *types.VirtualTPM:
		if !b.keys {
			return &types.GenericVmConfigFault{Reason: "A TPM needs encryption, and this vCenter has no key provider"}
		}
	}
	return nil
}

// placeOf is where a machine is.
func placeOf(ctx *simulator.Context, vm *simulator.VirtualMachine) place {
	where := place{host: get[*simulator.HostSystem](ctx, *vm.Runtime.Host)}
	where.store, _ = storeOfPath(ctx, vm.Config.Files.VmPathName, where.host.Datastore)
	return where
}

// edited is a device as an edit leaves it: what the edit does not set stays.
func edited(old, edit types.BaseVirtualDevice) types.BaseVirtualDevice {
	merged := twin(old)
	to, from := reflect.ValueOf(merged).Elem(), reflect.ValueOf(edit).Elem()
	lay(to, from)
	return merged
}

// lay copies the fields that are set, and goes down into embedded structures.
func lay(to, from reflect.Value) {
	for i := range from.NumField() {
		switch f := from.Field(i); {
		case from.Type().Field(i).Anonymous && f.Kind() == reflect.Struct:
			lay(to.Field(i), f)
		case !f.IsZero():
			to.Field(i).Set(f)
		}
	}
}

// twin copies a device so far that changing one leaves the other alone.
func twin(d types.BaseVirtualDevice) types.BaseVirtualDevice {
	c := copyDevices([]types.BaseVirtualDevice{d})[0]
	base := c.GetVirtualDevice()
	if base.Backing != nil {
		fresh := reflect.New(reflect.TypeOf(base.Backing).Elem())
		fresh.Elem().Set(reflect.ValueOf(base.Backing).Elem())
		base.Backing = fresh.Interface().(types.BaseVirtualDeviceBackingInfo)
	}
	base.Connectable, base.UnitNumber = copied(base.Connectable), copied(base.UnitNumber)
	base.DeviceInfo = nil // labels are made anew
	return c
}

const largestDisk = 62 * tebibyte

// checkDisk settles the size of a disk and where its file lies.
func (b bench) checkDisk(ctx *simulator.Context, change *types.VirtualDeviceConfigSpec, d *types.VirtualDisk,
	old types.BaseVirtualDevice) types.BaseMethodFault {
	backing, ok := d.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return unbacked("fileName")
	}
	create := change.FileOperation == types.VirtualDeviceConfigSpecFileOperationCreate
	if old != nil {
		sameFile(backing, old)
		if fault := resize(d, old.(*types.VirtualDisk)); fault != nil {
			return fault
		}
	} else if fault := b.checkSlot(d); fault != nil {
		return fault
	}
	size := capacity(d)
	if create && size <= 0 || size > largestDisk {
		return invalid("capacityInBytes")
	}
	store, fault := b.store(ctx, backing.GetVirtualDeviceFileBackingInfo())
	if store == nil {
		store = b.home
	}
	if fault != nil || store == nil || old != nil {
		return fault
	}
	flat, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	var free int64
	ctx.WithLock(store, func() { free = store.Summary.FreeSpace })
	if ok && create && !set(flat.ThinProvisioned) && size > free {
		return &types.NoDiskSpace{FileFault: types.FileFault{File: flat.FileName}, Datastore: store.Name}
	}
	return nil
}

// sameFile leaves an edited disk on its file when the edit does not name one.
func sameFile(edit types.BaseVirtualDeviceFileBackingInfo, old types.BaseVirtualDevice) {
	file := edit.GetVirtualDeviceFileBackingInfo()
	if was, ok := old.GetVirtualDevice().Backing.(types.BaseVirtualDeviceFileBackingInfo); ok && file.FileName == "" {
		*file = *was.GetVirtualDeviceFileBackingInfo()
	}
}

// capacity is the size in bytes, whichever of the two fields says it.
func capacity(d *types.VirtualDisk) int64 {
	if d.CapacityInBytes != 0 {
		return d.CapacityInBytes
	}
	return d.CapacityInKB * 1024
}

// resize works out the size an edit asks for: of the two fields the one that was changed counts. Both are then set,
// since the simulator takes the unset one for a size of nothing.
func resize(d, old *types.VirtualDisk) types.BaseMethodFault {
	before, size := capacity(old), capacity(old)
	switch {
	case d.CapacityInBytes != 0 && d.CapacityInBytes != before:
		size = d.CapacityInBytes
	case d.CapacityInKB != 0 && d.CapacityInKB != before/1024:
		size = d.CapacityInKB * 1024
	}
	if size < before {
		return new(types.InvalidDeviceOperation)
	}
	d.CapacityInBytes, d.CapacityInKB = size, size/1024
	return nil
}

// checkSlot sees that a new disk has a controller, and a place on it that is not the controller's own.
func (b bench) checkSlot(d *types.VirtualDisk) types.BaseMethodFault {
	controller := b.controller(d.ControllerKey)
	if controller == nil {
		return &types.InvalidController{
			InvalidDeviceSpec: types.InvalidDeviceSpec{InvalidVmConfig: types.InvalidVmConfig{Property: "deviceChange.device.controllerKey"}},
			ControllerKey:     d.ControllerKey,
		}
	}
	if _, scsi := controller.(types.BaseVirtualSCSIController); scsi && d.UnitNumber != nil && *d.UnitNumber == 7 {
		return invalid("unitNumber")
	}
	return nil
}

func (b bench) controller(key int32) types.BaseVirtualDevice {
	all := slices.Clone(b.have)
	for _, c := range b.adding {
		if device := c.GetVirtualDeviceConfigSpec().Device; device != nil {
			all = append(all, device)
		}
	}
	for _, d := range all {
		if _, ok := d.(types.BaseVirtualController); ok && d.GetVirtualDevice().Key == key {
			return d
		}
	}
	if key == 200 || key == 201 { // every machine has two IDE controllers
		return &types.VirtualIDEController{}
	}
	return nil
}

// store finds the datastore of a file among those the host has mounted. A path that names none goes where the
// reference says, or else with the machine.
func (b bench) store(ctx *simulator.Context, file *types.VirtualDeviceFileBackingInfo) (*simulator.Datastore, types.BaseMethodFault) {
	if file.FileName == "" && file.Datastore != nil {
		store, ok := ctx.Map.Get(*file.Datastore).(*simulator.Datastore)
		if !ok {
			return nil, unbacked("datastore")
		}
		file.FileName = fmt.Sprintf("[%s]", store.Name)
	}
	if file.FileName == "" || file.FileName == "[]" {
		file.FileName = ""
		return nil, nil
	}
	return storeOfPath(ctx, file.FileName, b.host.Datastore)
}

// checkNIC sees that there is a network to join, and gives the NIC an address of its own: the simulator's come from
// four thousand values, so that two machines in ten meet.
func (b bench) checkNIC(ctx *simulator.Context, c *types.VirtualEthernetCard) types.BaseMethodFault {
	if fault := b.checkNetwork(ctx, c); fault != nil {
		return fault
	}
	if c.MacAddress == "" {
		c.MacAddress = b.address()
		c.AddressType = string(types.VirtualEthernetCardMacTypeAssigned)
		return nil
	}
	mac, err := net.ParseMAC(c.MacAddress)
	if err != nil || len(mac) != 6 || mac[0]&1 != 0 {
		return invalid("macAddress")
	}
	if c.AddressType == "" {
		c.AddressType = string(types.VirtualEthernetCardMacTypeManual)
	}
	return nil
}

// address is the next of the range that vCenter assigns from.
func (d *devices) address() string {
	n := d.next()
	return net.HardwareAddr{0x00, 0x50, 0x56, 0x80 + byte(n>>16)&0x3f, byte(n >> 8), byte(n)}.String()
}

func (b bench) checkNetwork(ctx *simulator.Context, c *types.VirtualEthernetCard) types.BaseMethodFault {
	switch backing := c.Backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		ref := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey}
		pg, ok := ctx.Map.Get(ref).(*simulator.DistributedVirtualPortgroup)
		if !ok || set(pg.Config.Uplink) {
			return unbacked("port.portgroupKey")
		}
		dvs := get[*simulator.DistributedVirtualSwitch](ctx, *pg.Config.DistributedVirtualSwitch)
		if dvs.Uuid != backing.Port.SwitchUuid {
			return unbacked("port.switchUuid")
		}
		return b.ports.check(ctx, b.have, backing.Port)
	case *types.VirtualEthernetCardNetworkBackingInfo:
		if n, ok := refOf(ctx, backing.Network).(*mo.Network); ok && backing.DeviceName == "" {
			backing.DeviceName = n.Name
		}
		dc := datacenterOf(ctx, b.host)
		if _, ok := ctx.Map.FindByName(backing.DeviceName, dc.Network).(*mo.Network); !ok {
			return unbacked("deviceName")
		}
	case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
	default:
		return unbacked("network")
	}
	return nil
}
