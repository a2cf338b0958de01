// SPDX-License-Identifier: MPL-2.0

package accounts

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// asked is an ask with the objects that are named in it; none stands for those that are named anywhere in the call.
type asked struct {
	privileges.Ask
	given []types.ManagedObjectReference
}

// asks are what one call asks for: the call itself first, and then what is in it.
type asks struct {
	registry *simulator.Registry
	call     string
	on       *simulator.VirtualMachine // that is called; nil where it is something else
	all      []asked
}

// askedBy lists what a call asks for.
func askedBy(registry *simulator.Registry, m *simulator.Method) []asked {
	a := &asks{registry: registry, call: callOf(m)}
	a.on, _ = registry.Get(m.This).(*simulator.VirtualMachine)
	a.add("")
	body := reflect.Indirect(reflect.ValueOf(m.Body))
	if body.Kind() != reflect.Struct {
		return a.all
	}
	for i := range body.NumField() {
		if body.Type().Field(i).Name != "This" && body.Field(i).CanInterface() {
			a.spec(body.Field(i).Interface())
		}
	}
	if a.on != nil && m.Name == "RelocateVM_Task" && a.on.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		a.add("running")
	}
	return a.all
}

// callOf is a call as the tables name it: the type that its documentation lies with, and the method.
func callOf(m *simulator.Method) string {
	kind := m.This.Type
	if kind == "VmwareDistributedVirtualSwitch" {
		kind = "DistributedVirtualSwitch"
	}
	return kind + "." + m.Name
}

func (a *asks) add(field string, given ...types.ManagedObjectReference) {
	a.all = append(a.all, asked{privileges.Ask{Call: a.call, Field: field}, given})
}

// spec looks into an argument.
func (a *asks) spec(argument any) {
	switch s := argument.(type) {
	case types.VirtualMachineConfigSpec:
		a.config(&s)
	case types.VirtualMachineRelocateSpec:
		a.location(&s)
	case types.VirtualMachineCloneSpec:
		a.location(&s.Location)
		if s.Config != nil {
			a.config(s.Config)
		}
		s.Location, s.Config = types.VirtualMachineRelocateSpec{}, nil
		a.fields("spec.", reflect.ValueOf(s))
	case *types.VirtualMachineImportSpec:
		a.imported(&s.ConfigSpec)
	case types.DVPortgroupConfigSpec:
		if s.Policy != nil {
			a.add("spec.policy")
		}
	case types.BaseDVSConfigSpec:
		a.fields("spec.", reflect.ValueOf(*s.GetDVSConfigSpec()))
	case []types.DVPortConfigSpec:
		for _, one := range s {
			a.fields("port.", reflect.ValueOf(one))
		}
	}
}

// fields are those that have a value. A pointer to false is one: it sets something.
func (a *asks) fields(prefix string, spec reflect.Value) {
	for i := range spec.NumField() {
		name, _, _ := strings.Cut(spec.Type().Field(i).Tag.Get("xml"), ",")
		if name != "" && name != "deviceChange" && !spec.Field(i).IsZero() {
			a.add(prefix + name)
		}
	}
}

func (a *asks) config(s *types.VirtualMachineConfigSpec) {
	a.fields("config.", reflect.ValueOf(*s))
	for _, c := range s.DeviceChange {
		a.device("config.deviceChange: ", c.GetVirtualDeviceConfigSpec())
	}
}

// imported is what an import asks for: space, and networks. Nobody tells that it asks for what a creation does besides.
func (a *asks) imported(s *types.VirtualMachineConfigSpec) {
	if s.Files != nil {
		if store := a.storeOf(s.Files.VmPathName); store != nil {
			a.add("spec: space", *store)
		}
	}
	for _, c := range s.DeviceChange {
		device := c.GetVirtualDeviceConfigSpec().Device
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			if network := a.network(card.GetVirtualEthernetCard().Backing); network != nil {
				a.add("spec: network", *network)
			}
		}
	}
}

func (a *asks) location(s *types.VirtualMachineRelocateSpec) {
	a.fields("location.", reflect.ValueOf(*s))
	for _, c := range s.DeviceChange {
		a.device("location.deviceChange: ", c.GetVirtualDeviceConfigSpec())
	}
}

var verbs = map[types.VirtualDeviceConfigSpecOperation]string{
	types.VirtualDeviceConfigSpecOperationAdd: "add", types.VirtualDeviceConfigSpecOperationEdit: "edit",
	types.VirtualDeviceConfigSpecOperationRemove: "remove",
}

// device is one change of a device.
func (a *asks) device(prefix string, c *types.VirtualDeviceConfigSpec) {
	device := c.Device.GetVirtualDevice()
	removed := c.Operation == types.VirtualDeviceConfigSpecOperationRemove
	switch d := c.Device.(type) {
	case *types.VirtualDisk:
		a.disk(prefix, c, d)
		return
	case *types.VirtualTPM:
		if c.Operation == types.VirtualDeviceConfigSpecOperationAdd {
			a.add(prefix + "add TPM")
		}
	case *types.VirtualCdrom:
		if device.Backing != nil && !removed {
			a.add(prefix + "CD-ROM media")
		}
	case types.BaseVirtualEthernetCard:
		if network := a.network(device.Backing); network != nil && !removed {
			a.add(prefix+"network", *network)
		}
	}
	if device.Connectable != nil && !removed {
		a.add(prefix + "connectable")
	}
	// which has privileges of its own
	if _, cd := c.Device.(*types.VirtualCdrom); !cd || c.Operation != types.VirtualDeviceConfigSpecOperationEdit {
		a.add(prefix + verbs[c.Operation] + " device")
	}
}

func (a *asks) disk(prefix string, c *types.VirtualDeviceConfigSpec, d *types.VirtualDisk) {
	switch {
	case c.Operation == types.VirtualDeviceConfigSpecOperationAdd && c.FileOperation == "":
		a.add(prefix + "add existing disk")
	default:
		a.add(prefix + verbs[c.Operation] + " disk")
	}
	if len(c.Profile) > 0 {
		a.add(prefix + "disk policy")
	}
	if c.Operation == types.VirtualDeviceConfigSpecOperationRemove {
		return
	}
	if d.Shares != nil || d.StorageIOAllocation != nil {
		a.add(prefix + "disk shares")
	}
	if a.grows(c, d) {
		a.add(prefix + "grow disk")
	}
	if store := a.store(d.Backing); store != nil && c.FileOperation != "" {
		a.add(prefix+"space", *store)
	}
}

// grows reports whether an edit makes a disk larger than the one of its key, which in a clone is the template's.
func (a *asks) grows(c *types.VirtualDeviceConfigSpec, d *types.VirtualDisk) bool {
	if c.Operation != types.VirtualDeviceConfigSpecOperationEdit || a.on == nil {
		return false
	}
	for _, device := range a.on.Config.Hardware.Device {
		if have, disk := device.(*types.VirtualDisk); disk && have.Key == d.Key {
			return d.CapacityInKB > have.CapacityInKB
		}
	}
	return false
}

// network is what a NIC is plugged into, nil where that is not to be found.
func (a *asks) network(backing types.BaseVirtualDeviceBackingInfo) *types.ManagedObjectReference {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return &types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: b.Port.PortgroupKey}
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return a.byName("Network", b.DeviceName)
	}
	return nil
}

// store is the datastore that a device's file lies on, nil where none is named.
func (a *asks) store(backing types.BaseVirtualDeviceBackingInfo) *types.ManagedObjectReference {
	file, ok := backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return nil
	}
	return a.storeOf(file.GetVirtualDeviceFileBackingInfo().FileName)
}

func (a *asks) storeOf(file string) *types.ManagedObjectReference {
	var p object.DatastorePath
	if !p.FromString(file) {
		return nil
	}
	return a.byName("Datastore", p.Datastore)
}

func (a *asks) byName(kind, name string) *types.ManagedObjectReference {
	return base.FindByName(a.registry, kind, name)
}
