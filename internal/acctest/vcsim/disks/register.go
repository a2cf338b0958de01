// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// RegisterDisk makes a first class disk of a file that is there. The path is a URL:
// https://vcenter/folder/a/a.vmdk?dcPath=dc1&dsName=vmfs-1. A file that is one already is refused with AlreadyExists, which names the id
// (vsphere-csi-driver #701).
func (m *managerRules) RegisterDisk(ctx *simulator.Context, req *types.RegisterDisk) soap.HasFault {
	body := new(methods.RegisterDiskBody)
	store, file, fault := fileOfURL(ctx, req.Path)
	if fault == nil {
		var made *disk
		if made, fault = m.register(ctx, store, pathOn(store, file), req.Name); fault == nil {
			body.Res = &types.RegisterDiskResponse{Returnval: made.object()}
			return body
		}
	}
	body.Fault_ = simulator.Fault("", fault)
	return body
}

// fileOfURL finds the datastore and the file that a URL names.
func fileOfURL(ctx *simulator.Context, text string) (store *simulator.Datastore, file string, fault types.BaseMethodFault) {
	u, err := url.Parse(text)
	if err != nil || !strings.HasPrefix(u.Path, "/folder/") {
		return nil, "", &types.InvalidArgument{InvalidProperty: "path"}
	}
	for _, e := range ctx.Map.All("Datacenter") {
		dc := e.(*simulator.Datacenter)
		if inventoryPath(ctx, dc) != strings.Trim(u.Query().Get("dcPath"), "/") {
			continue
		}
		store, found := ctx.Map.FindByName(u.Query().Get("dsName"), dc.Datastore).(*simulator.Datastore)
		if !found {
			return nil, "", &types.InvalidArgument{InvalidProperty: "path"}
		}
		return store, strings.TrimPrefix(u.Path, "/folder/"), nil
	}
	return nil, "", &types.InvalidArgument{InvalidProperty: "dc"}
}

// inventoryPath is emea/dc1 for a datacenter in a folder.
func inventoryPath(ctx *simulator.Context, dc *simulator.Datacenter) string {
	names := ""
	for e := mo.Entity(dc); base.ParentOf(ctx, e) != nil; e = base.ParentOf(ctx, e) {
		names = path.Join(e.Entity().Name, names)
	}
	return names
}

// register lists a file, and notes its id on the machine that has it. The lock of the machine comes before that of the catalogue.
func (d *Disks) register(ctx *simulator.Context, store *simulator.Datastore, file, name string) (*disk, types.BaseMethodFault) {
	vm, unlock := machineWith(base.Apart(ctx), file)
	defer unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if listed := d.byFile(file); listed != nil {
		return nil, &types.AlreadyExists{Name: listed.id}
	}
	id, megabytes, err := readFile(local(store, file))
	switch original := d.all[id]; {
	case err != nil:
		return nil, &types.InvalidArgument{InvalidProperty: "path"}
	case original != nil && d.knobs.CopiesKeepID:
		return original, nil
	case vm != nil && d.knobs.RegisterOffOnly:
		return nil, &types.ResourceInUse{Type: "VirtualMachine", Name: vm.Self.Value}
	case vm != nil && isChild(vm, file):
		return nil, &types.InvalidArgument{InvalidProperty: "path"} // a linked clone's
	}
	made := &disk{
		id: uuid.NewString(), backingID: uuid.NewString(), name: base.FirstOf(name, path.Base(file)), store: store.Self, path: file,
		megabytes: megabytes, provisioning: "thin", created: time.Now(), metadata: map[string]string{},
	}
	if fault := sizeFile(local(store, file), made.id, megabytes); fault != nil {
		return nil, fault
	}
	d.all[made.id] = made
	if vm != nil {
		made.taken = megabytes * base.MiB // when the machine was made
		at := deviceKey(vm.Self, vm.Config.Hardware.Device[deviceWith(vm, file)].GetVirtualDevice().Key)
		made.policies = d.ordinary[at]
		delete(d.ordinary, at)
		made.identify(base.Apart(ctx), vm)
	}
	return made, nil
}

// machineWith finds and locks the machine that has a file as a disk; nil where none has.
func machineWith(ctx *simulator.Context, file string) (*simulator.VirtualMachine, func()) {
	for _, e := range ctx.Map.All("VirtualMachine") {
		vm := e.(*simulator.VirtualMachine)
		unlock := ctx.Map.AcquireLock(ctx, vm)
		if deviceWith(vm, file) >= 0 {
			return vm, unlock
		}
		unlock()
	}
	return nil, func() {}
}

// deviceWith is where in a machine's list the disk of a file is; -1 where it is not.
func deviceWith(vm *simulator.VirtualMachine, file string) int {
	for i, d := range vm.Config.Hardware.Device {
		disk, ok := d.(*types.VirtualDisk)
		if !ok {
			continue
		}
		if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok && b.GetVirtualDeviceFileBackingInfo().FileName == file {
			return i
		}
	}
	return -1
}

// isChild reports whether a machine's disk is a linked clone's.
func isChild(vm *simulator.VirtualMachine, file string) bool {
	b, ok := vm.Config.Hardware.Device[deviceWith(vm, file)].GetVirtualDevice().Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return ok && b.Parent != nil
}

// identify notes a disk's id on the machine that has its file.
func (d *disk) identify(ctx *simulator.Context, vm *simulator.VirtualMachine) {
	devices := append([]types.BaseVirtualDevice(nil), vm.Config.Hardware.Device...)
	i := deviceWith(vm, d.path)
	device := *devices[i].(*types.VirtualDisk)
	device.VDiskId = &types.ID{Id: d.id}
	devices[i] = &device
	ctx.Map.Update(ctx, vm, []types.PropertyChange{{Name: "config.hardware.device", Val: devices}})
	d.places = []place{{machine: vm.Self, key: device.Key, shared: isShared(&device)}}
}
