package vcsim

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// goal is where a machine is to be.
type goal struct {
	pool  *types.ManagedObjectReference // nil: it stays in its own
	host  types.ManagedObjectReference
	home  *simulator.Datastore
	disks map[int32]*simulator.Datastore // by the disk's key
}

// RelocateVMTask moves a machine to another host, resource pool or datastore, with its files. It refuses a host that is not among the
// pool's, takes no machines, does not see a datastore or a network that the machine needs, or on which a running machine would break a
// mandatory rule. Where no host is named, vCenter's documentation says who chooses: DRS for a machine that runs, chance for one that
// does not. The simulator moves what it is told to without a look, and the files not at all.
func (m *machineRules) RelocateVMTask(ctx *simulator.Context, req *types.RelocateVM_Task) soap.HasFault {
	vm := get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	to, fault := m.goalOf(ctx, vm, req.Spec)
	if fault == nil {
		change := types.VirtualMachineConfigSpec{DeviceChange: req.Spec.DeviceChange}
		fault = m.devices.check(ctx, placeOf(ctx, vm), vm.Config.Hardware.Device, &change)
	}
	if fault != nil {
		return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{
			Returnval: failed(ctx, vm, "relocateVm", fault),
		}}
	}
	task := simulator.CreateTask(vm, "relocateVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		from := *vm.Runtime.Host
		own := types.RelocateVM_Task{This: vm.Self, Spec: types.VirtualMachineRelocateSpec{Host: &to.host, Folder: req.Spec.Folder,
			DeviceChange: req.Spec.DeviceChange}}
		result, fault := wait(ctx, taskOf(vm.RelocateVMTask(ctx, &own)))
		if fault != nil {
			return nil, fault
		}
		if to.host != from {
			listOn(ctx, vm.Self, from, to.host)
		}
		if to.pool != nil && vm.ResourcePool != nil && *to.pool != *vm.ResourcePool {
			changePool(ctx, vm, to.pool)
		}
		return result, m.carryFiles(ctx, vm, to)
	})
	return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{Returnval: task.Run(ctx)}}
}

// goalOf works out where a relocation brings a machine, and what is against it.
func (m *machineRules) goalOf(ctx *simulator.Context, vm *simulator.VirtualMachine, spec types.VirtualMachineRelocateSpec) (to goal,
	fault types.BaseMethodFault) {
	for property, ok := range map[string]bool{
		"spec.datastore": fits[*simulator.Datastore](ctx, spec.Datastore),
		"spec.pool":      fits[*simulator.ResourcePool](ctx, spec.Pool),
		"spec.host":      fits[*simulator.HostSystem](ctx, spec.Host),
		"spec.folder":    fits[*simulator.Folder](ctx, spec.Folder),
	} {
		if !ok {
			return to, &types.InvalidArgument{InvalidProperty: property}
		}
	}
	to.pool = spec.Pool
	if to.home, to.disks, fault = storesOf(ctx, vm, spec); fault != nil {
		return to, fault
	}
	hosts := []types.ManagedObjectReference{*vm.Runtime.Host}
	if pool := firstRef(spec.Pool, vm.ResourcePool); pool != nil {
		if hosts, fault = hostsOf(ctx, *pool); fault != nil {
			return to, fault
		}
	} else if spec.Host != nil { // a template is in no pool
		hosts = append(hosts, *spec.Host)
	}
	switch {
	case spec.Host != nil && !slices.Contains(hosts, *spec.Host):
		return to, &types.InvalidArgument{InvalidProperty: "spec.host"}
	case spec.Host != nil:
		to.host = *spec.Host
	case slices.Contains(hosts, *vm.Runtime.Host):
		to.host = *vm.Runtime.Host
	default:
		to.host, fault = m.clusters.choose(ctx, vm, hosts,
			func(host types.ManagedObjectReference) types.BaseMethodFault { return m.sees(ctx, vm, host, to) })
		return to, fault
	}
	if fault := m.sees(ctx, vm, to.host, to); fault != nil {
		return to, fault
	}
	if to.host != *vm.Runtime.Host {
		return to, m.clusters.admits(ctx, vm, to.host)
	}
	return to, nil
}

// storesOf says on which datastore the home and each disk of a machine will be.
func storesOf(ctx *simulator.Context, vm *simulator.VirtualMachine, spec types.VirtualMachineRelocateSpec) (home *simulator.Datastore,
	disks map[int32]*simulator.Datastore, fault types.BaseMethodFault) {
	all := get[*simulator.HostSystem](ctx, *vm.Runtime.Host).Datastore
	if home, fault = storeOfPath(ctx, vm.Config.Files.VmPathName, all); fault != nil {
		return nil, nil, fault
	}
	disks = map[int32]*simulator.Datastore{}
	for _, d := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil)) {
		key := d.GetVirtualDevice().Key
		if disks[key], fault = storeOfPath(ctx, backingFile(d), all); fault != nil {
			return nil, nil, fault
		}
		if spec.Datastore != nil {
			disks[key] = get[*simulator.Datastore](ctx, *spec.Datastore)
		}
	}
	if spec.Datastore != nil {
		home = get[*simulator.Datastore](ctx, *spec.Datastore)
	}
	for _, l := range spec.Disk {
		store, ok := ctx.Map.Get(l.Datastore).(*simulator.Datastore)
		if disks[l.DiskId] == nil || !ok {
			return nil, nil, &types.InvalidArgument{InvalidProperty: "spec.disk"}
		}
		disks[l.DiskId] = store
	}
	return home, disks, nil
}

// backingFile is the file behind a device, empty where there is none.
func backingFile(d types.BaseVirtualDevice) string {
	if b, ok := d.GetVirtualDevice().Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return b.GetVirtualDeviceFileBackingInfo().FileName
	}
	return ""
}

// sees is what speaks against a host because it does not mount a datastore or has not got a network that a machine will need there.
func (m *machineRules) sees(ctx *simulator.Context, vm *simulator.VirtualMachine, ref types.ManagedObjectReference,
	to goal) types.BaseMethodFault {
	host := get[*simulator.HostSystem](ctx, ref)
	stores := []*simulator.Datastore{to.home}
	for _, store := range to.disks {
		stores = append(stores, store)
	}
	for _, d := range vm.Config.Hardware.Device {
		if _, cd := d.(*types.VirtualCdrom); cd && backingFile(d) != "" { // what is in a drive does not move
			store, fault := storeOfPath(ctx, backingFile(d), host.Datastore)
			if fault != nil {
				return fault
			}
			stores = append(stores, store)
		}
	}
	for _, store := range stores {
		if !slices.Contains(host.Datastore, store.Self) {
			return &types.InvalidDatastore{Datastore: &store.Self, Name: store.Name}
		}
	}
	if ref == *vm.Runtime.Host {
		return nil
	}
	for _, network := range vm.Network {
		if !reaches(ctx, host, network) {
			return &types.CannotAccessNetwork{CannotAccessVmDevice: types.CannotAccessVmDevice{Device: "network", Backing: network.Value},
				Network: &network}
		}
	}
	return nil
}

// reaches says whether a host has a network: for a portgroup its membership of the switch counts. The simulator leaves the portgroups of a
// switch on the list of a host that has left it.
func reaches(ctx *simulator.Context, host *simulator.HostSystem, network types.ManagedObjectReference) (has bool) {
	group, distributed := ctx.Map.Get(network).(*simulator.DistributedVirtualPortgroup)
	if !distributed {
		return slices.Contains(host.Network, network)
	}
	dvs := get[*simulator.DistributedVirtualSwitch](ctx, *group.Config.DistributedVirtualSwitch)
	ctx.WithLock(dvs, func() { has = slices.Contains(dvs.Summary.HostMember, host.Self) })
	return has
}

// carryFiles brings a machine's files to where they are to be: those of its home, and each disk. An image in a drive stays.
func (m *machineRules) carryFiles(ctx *simulator.Context, vm *simulator.VirtualMachine, to goal) types.BaseMethodFault {
	m.storage.Lock()
	defer m.storage.Unlock()
	c := carrier{ctx: ctx, vm: vm, folder: path.Dir(pathIn(vm.Config.Files.VmPathName))}
	devices := slices.Clone(vm.Config.Hardware.Device)
	for i, d := range devices {
		if disk, ok := d.(*types.VirtualDisk); ok && storeIn(backingFile(d)) != to.disks[disk.Key].Name {
			devices[i] = c.disk(disk, to.disks[disk.Key])
		}
	}
	files := vm.Config.Files
	if from := storeIn(files.VmPathName); from != to.home.Name {
		c.rest(from, to.home)
		for _, f := range []*string{&files.VmPathName, &files.SnapshotDirectory, &files.SuspendDirectory, &files.LogDirectory} {
			if storeIn(*f) == from {
				*f = "[" + to.home.Name + "] " + pathIn(*f)
			}
		}
	}
	if c.fault != nil {
		return c.fault
	}
	ctx.Update(vm, []types.PropertyChange{
		{Name: "config.hardware.device", Val: devices},
		{Name: "config.files", Val: files},
		{Name: "summary.config.vmPathName", Val: files.VmPathName},
	})
	c.relist(to)
	return nil
}

// carrier moves files of one machine.
type carrier struct {
	ctx    *simulator.Context
	vm     *simulator.VirtualMachine
	folder string // the machine's own, on whichever datastore
	fault  types.BaseMethodFault
}

// storeIn and pathIn are the two parts of "[vmfs-1] a/a.vmdk".
func storeIn(file string) string {
	var p object.DatastorePath
	p.FromString(file)
	return p.Datastore
}

func pathIn(file string) string {
	var p object.DatastorePath
	p.FromString(file)
	return p.Path
}

// disk moves a disk's files into the machine's folder on a datastore, and gives the disk that has them. What a linked clone hangs on
// is copied along, as with moveAllDiskBackingsAndAllowSharing.
func (c *carrier) disk(d *types.VirtualDisk, to *simulator.Datastore) types.BaseVirtualDevice {
	moved := *d
	backing, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if !ok {
		c.fault = new(types.NotSupported)
		return d
	}
	own := *backing
	name := path.Base(pathIn(own.FileName))
	for _, n := range []string{name, strings.TrimSuffix(name, ".vmdk") + "-flat.vmdk"} {
		c.move(own.FileName, path.Join(path.Dir(pathIn(own.FileName)), n), to)
	}
	own.FileName, own.Datastore = "["+to.Name+"] "+path.Join(c.folder, name), &to.Self
	if own.Parent != nil {
		parent := *own.Parent
		parent.FileName, parent.Datastore = "["+to.Name+"] "+path.Join(c.folder, "base-"+path.Base(pathIn(parent.FileName))), &to.Self
		own.Parent = &parent
	}
	moved.Backing = &own
	return &moved
}

// rest moves what is left in the machine's folder, but for images in drives.
func (c *carrier) rest(from string, to *simulator.Datastore) {
	dir := filepath.Join(c.root(from), c.folder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		c.fault = &types.FileNotFound{FileFault: types.FileFault{File: c.folder}}
		return
	}
	for _, e := range entries {
		if name := e.Name(); filepath.Ext(name) != ".iso" && filepath.Ext(name) != ".vmdk" {
			c.move("["+from+"] "+path.Join(c.folder, name), path.Join(c.folder, name), to)
		}
	}
	_ = os.Remove(dir) // it stays where something lies in it
}

// move renames one file, where it is there.
func (c *carrier) move(on, file string, to *simulator.Datastore) {
	old := filepath.Join(c.root(storeIn(on)), file)
	if _, err := os.Stat(old); err != nil {
		return
	}
	dir := filepath.Join(to.Summary.Url, c.folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		c.fault = &types.CannotCreateFile{FileFault: types.FileFault{File: c.folder}}
		return
	}
	if err := os.Rename(old, filepath.Join(dir, filepath.Base(file))); err != nil {
		c.fault = &types.CannotAccessFile{FileFault: types.FileFault{File: file}}
	}
}

// root is where the files of a datastore lie.
func (c *carrier) root(name string) string {
	for _, e := range c.ctx.Map.All("Datastore") {
		if store := e.(*simulator.Datastore); store.Name == name && slices.Contains(get[*simulator.HostSystem](c.ctx,
			*c.vm.Runtime.Host).Datastore, store.Self) {
			return store.Summary.Url
		}
	}
	return ""
}

// relist says on the machine and on the datastores which of them it uses.
func (c *carrier) relist(to goal) {
	use := []types.ManagedObjectReference{to.home.Self}
	for _, store := range to.disks {
		if !slices.Contains(use, store.Self) {
			use = append(use, store.Self)
		}
	}
	for _, d := range c.vm.Config.Hardware.Device {
		if _, cd := d.(*types.VirtualCdrom); !cd || backingFile(d) == "" {
			continue
		}
		store, fault := storeOfPath(c.ctx, backingFile(d), get[*simulator.HostSystem](c.ctx, to.host).Datastore)
		if fault == nil && !slices.Contains(use, store.Self) {
			use = append(use, store.Self)
		}
	}
	for _, ref := range append(slices.Clone(c.vm.Datastore), use...) {
		store := get[*simulator.Datastore](c.ctx, ref)
		c.ctx.WithLock(store, func() {
			if slices.Contains(use, ref) {
				c.ctx.Map.AddReference(c.ctx, store, &store.Vm, c.vm.Self)
			} else {
				c.ctx.Map.RemoveReference(c.ctx, store, &store.Vm, c.vm.Self)
			}
		})
	}
	c.ctx.Update(c.vm, []types.PropertyChange{{Name: "datastore", Val: use}})
	c.vm.RefreshStorageInfo(c.ctx, &types.RefreshStorageInfo{This: c.vm.Self})
}
