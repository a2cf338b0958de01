// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/devices"
)

// ForeignFolder is where Nova's driver keeps its machines, and so half of the foreign ones.
const ForeignFolder = "OpenStack"

// addForeign adds n virtual machines that are nobody's. The first is created; the others are copies of it put straight
// into the inventory, since thousands of creations would take seconds of processor time and write three files each.
func (d *datacenter) addForeign(n int) error {
	if n == 0 {
		return nil
	}
	root := d.folder(d.VmFolder)
	body := root.CreateFolder(d.ctx(), &types.CreateFolder{This: root.Self, Name: ForeignFolder}).(*methods.CreateFolderBody)
	if body.Fault_ != nil {
		return fmt.Errorf("creating the folder: %s", body.Fault_.String)
	}
	ref, err := d.create(root, types.VirtualMachineConfigSpec{
		Name: foreignName(1), GuestId: string(types.VirtualMachineGuestOsIdentifierOtherGuest),
		Annotation: "Somebody else's", Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-2]"},
	})
	if err != nil {
		return err
	}
	first := base.Get[*simulator.VirtualMachine](d.ctx(), ref)
	folders := []*simulator.Folder{root, d.folder(body.Res.Returnval)}
	for i := 2; i <= n; i++ {
		d.put(folders[(i-1)%2], copyOf(first, foreignName(i)))
	}
	return nil
}

func foreignName(i int) string { return fmt.Sprintf("foreign-%05d", i) }

// put enters a machine into the inventory, everywhere a created one is entered.
func (d *datacenter) put(folder *simulator.Folder, vm *simulator.VirtualMachine) {
	d.ctx().Map.NewEntity(vm)
	vm.Summary.Vm = &vm.Self
	folder.ChildEntity = append(folder.ChildEntity, vm.Self)
	d.ctx().Map.PutEntity(folder, vm)
	host := base.Get[*simulator.HostSystem](d.ctx(), *vm.Runtime.Host)
	host.Vm = append(host.Vm, vm.Self)
	pool := base.Get[*simulator.ResourcePool](d.ctx(), *vm.ResourcePool)
	pool.Vm = append(pool.Vm, vm.Self)
	store := base.Get[*simulator.Datastore](d.ctx(), vm.Datastore[0])
	store.Vm = append(store.Vm, vm.Self)
}

// copyOf gives another machine like the first. What the simulator changes in place is copied, the rest is shared.
func copyOf(first *simulator.VirtualMachine, name string) *simulator.VirtualMachine {
	vm := &simulator.VirtualMachine{VirtualMachine: first.VirtualMachine, DataSets: map[string]*simulator.DataSet{}}
	config, guest, guestSummary := *first.Config, *first.Guest, *first.Summary.Guest
	layout, layoutEx, storage := *first.Layout, types.VirtualMachineFileLayoutEx{}, types.VirtualMachineStorageInfo{}
	cpu, memory, boot, tools := *config.CpuAllocation, *config.MemoryAllocation, *config.BootOptions, *config.Tools
	vm.Config, vm.Guest, vm.Summary.Guest = &config, &guest, &guestSummary
	vm.Layout, vm.LayoutEx, vm.Storage = &layout, &layoutEx, &storage
	config.CpuAllocation, config.MemoryAllocation, config.BootOptions, config.Tools = &cpu, &memory, &boot, &tools
	config.ExtraConfig = append([]types.BaseOptionValue(nil), config.ExtraConfig...)
	config.Hardware.Device = devices.CopyAll(config.Hardware.Device)
	vm.Datastore = append([]types.ManagedObjectReference(nil), first.Datastore...)

	vm.Name, config.Name, vm.Summary.Config.Name = name, name, name
	config.Uuid, config.InstanceUuid = uuid.NewString(), uuid.NewString()
	vm.Summary.Config.Uuid, vm.Summary.Config.InstanceUuid = config.Uuid, config.InstanceUuid
	config.Files = types.VirtualMachineFileInfo{
		VmPathName:        fmt.Sprintf("[vmfs-2] %s/%s.vmx", name, name),
		SnapshotDirectory: "[vmfs-2] " + name,
		SuspendDirectory:  "[vmfs-2] " + name,
		LogDirectory:      "[vmfs-2] " + name,
	}
	vm.Summary.Config.VmPathName = config.Files.VmPathName
	return vm
}

var _ mo.Entity = (*simulator.VirtualMachine)(nil)
