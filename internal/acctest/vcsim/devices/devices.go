// SPDX-License-Identifier: MPL-2.0

// Package devices decides which changes of a machine's devices are taken: keys, disks, network cards, and the devices of a clone.
package devices

import (
	"reflect"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/switches"
)

// Devices decide which changes of devices a machine takes.
type Devices struct {
	*base.Base
	switches *switches.Switches
	keys     bool // there is a key provider
}

// New prepares the rules about devices. A vCenter with a key provider can encrypt, and gives machines a TPM.
func New(b *base.Base, s *switches.Switches, keys bool) *Devices {
	return &Devices{Base: b, switches: s, keys: keys}
}

// changeCheck is what device changes are checked against.
type changeCheck struct {
	*Devices
	host   *simulator.HostSystem
	home   *simulator.Datastore
	have   object.VirtualDeviceList
	adding []types.BaseVirtualDeviceConfigSpec
}

// Check refuses a device change that a real server refuses and completes the others. The simulator begins to
// apply a change before it knows whether it can, and some it cannot apply make it panic.
func (d *Devices) Check(ctx *simulator.Context, host *simulator.HostSystem, home *simulator.Datastore, have []types.BaseVirtualDevice,
	spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	assignKeys(have, spec.DeviceChange)
	b := changeCheck{Devices: d, host: host, home: home, have: have, adding: spec.DeviceChange}
	for i, c := range spec.DeviceChange {
		change := c.GetVirtualDeviceConfigSpec()
		if fault := b.check(ctx, change); fault != nil {
			return withIndex(int32(i), fault)
		}
	}
	return nil
}

func (b changeCheck) check(ctx *simulator.Context, change *types.VirtualDeviceConfigSpec) types.BaseMethodFault {
	if change.Device == nil || reflect.ValueOf(change.Device).IsNil() {
		return base.InvalidDevice("key")
	}
	if change.Operation == types.VirtualDeviceConfigSpecOperationAdd {
		return b.checkDevice(ctx, change, nil)
	}
	old := b.have.FindByKey(change.Device.GetVirtualDevice().Key)
	if old == nil || reflect.TypeOf(old) != reflect.TypeOf(change.Device) {
		return base.InvalidDevice("key")
	}
	if change.Operation == types.VirtualDeviceConfigSpecOperationRemove {
		change.Device = copyDevice(old) // a client may name the key alone; the simulator looks at the rest
		return nil
	}
	change.Device = edited(old, change.Device)
	return b.checkDevice(ctx, change, old)
}

func (b changeCheck) checkDevice(ctx *simulator.Context, change *types.VirtualDeviceConfigSpec,
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

// withIndex notes which of the changes a fault is about.
func withIndex(i int32, fault types.BaseMethodFault) types.BaseMethodFault {
	if f, ok := fault.(types.BaseInvalidDeviceSpec); ok {
		f.GetInvalidDeviceSpec().DeviceIndex = i
	}
	return fault
}
