// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"strconv"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// deviceKey names a disk of a machine that is no first class disk, as the endpoint for storage policies does.
func deviceKey(machine types.ManagedObjectReference, key int32) string {
	return machine.Value + ":" + strconv.Itoa(int(key))
}

// checkOrdinary looks at the policy that a change gives an ordinary disk. Home is where the machine lies. Its caller holds the lock.
func (d *Disks) checkOrdinary(ctx *simulator.Context, home *simulator.Datastore, vm *simulator.VirtualMachine,
	change *types.VirtualDeviceConfigSpec) types.BaseMethodFault {
	if len(change.Profile) == 0 {
		return nil
	}
	device := change.Device
	if vm != nil && change.Operation == types.VirtualDeviceConfigSpecOperationEdit {
		if have := object.VirtualDeviceList(vm.Config.Hardware.Device).FindByKey(device.GetVirtualDevice().Key); have != nil {
			device = have
		}
	}
	_, fault := d.policiesOf(change.Profile, storeOf(ctx, home, device))
	return fault
}

// storeOf is the datastore that a disk lies on or is to be made on: its home's, where it names none.
func storeOf(ctx *simulator.Context, home *simulator.Datastore, device types.BaseVirtualDevice) types.ManagedObjectReference {
	if b, ok := device.GetVirtualDevice().Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		file := b.GetVirtualDeviceFileBackingInfo()
		var p object.DatastorePath
		if file.Datastore != nil {
			return *file.Datastore
		}
		if p.FromString(file.FileName) && p.Datastore != "" && p.Datastore != home.Name {
			if found := base.FindByName(ctx.Map, "Datastore", p.Datastore); found != nil {
				return *found
			}
		}
	}
	return home.Self
}

// NotePolicies notes the policies that changes of a machine's devices have given its ordinary disks. Its caller holds the machine's lock.
func (d *Disks) NotePolicies(vm *simulator.VirtualMachine, changes []types.BaseVirtualDeviceConfigSpec) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range changes {
		if c == nil { // a null in what Nova was recorded to send
			continue
		}
		change := c.GetVirtualDeviceConfigSpec()
		if _, ok := change.Device.(*types.VirtualDisk); !ok {
			continue
		}
		at := deviceKey(vm.Self, change.Device.GetVirtualDevice().Key) // which the simulator has set where the disk is new
		if change.Operation == types.VirtualDeviceConfigSpecOperationRemove {
			delete(d.ordinary, at)
		} else if ids := idsOf(change.Profile); len(ids) > 0 {
			d.ordinary[at] = ids
		}
	}
}

// idsOf are the policies that profiles name.
func idsOf(profile []types.BaseVirtualMachineProfileSpec) (ids []string) {
	for _, p := range profile {
		if defined, ok := p.(*types.VirtualMachineDefinedProfileSpec); ok {
			ids = append(ids, defined.ProfileId)
		}
	}
	return ids
}
