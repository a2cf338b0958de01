// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// BackingFile is the file behind a device, empty where there is none.
func BackingFile(d types.BaseVirtualDevice) string {
	if b, ok := d.GetVirtualDevice().Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return b.GetVirtualDeviceFileBackingInfo().FileName
	}
	return ""
}

// moveFiles brings a machine's files to where they are to be: those of its home, and each disk. An image in a drive stays.
func (m *machineRules) moveFiles(ctx *simulator.Context, vm *simulator.VirtualMachine, to destination) types.BaseMethodFault {
	m.Storage.Lock()
	defer m.Storage.Unlock()
	c := fileMover{ctx: ctx, vm: vm, folder: path.Dir(pathIn(vm.Config.Files.VmPathName))}
	devices := slices.Clone(vm.Config.Hardware.Device)
	for i, d := range devices {
		if disk, ok := d.(*types.VirtualDisk); ok && StoreIn(BackingFile(d)) != to.disks[disk.Key].Name {
			devices[i] = c.moveDisk(disk, to.disks[disk.Key])
		}
	}
	files := vm.Config.Files
	if from := StoreIn(files.VmPathName); from != to.home.Name {
		c.moveRest(from, to.home)
		for _, f := range []*string{&files.VmPathName, &files.SnapshotDirectory, &files.SuspendDirectory, &files.LogDirectory} {
			if StoreIn(*f) == from {
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
	c.listDatastores(to)
	m.disks.Settle(ctx, vm)
	return nil
}

// fileMover moves files of one machine.
type fileMover struct {
	ctx    *simulator.Context
	vm     *simulator.VirtualMachine
	folder string // the machine's own, on whichever datastore
	fault  types.BaseMethodFault
}

// StoreIn and pathIn are the two parts of "[vmfs-1] a/a.vmdk".
func StoreIn(file string) string {
	var p object.DatastorePath
	p.FromString(file)
	return p.Datastore
}

func pathIn(file string) string {
	var p object.DatastorePath
	p.FromString(file)
	return p.Path
}

// moveDisk moves a disk's files into the machine's folder on a datastore, and gives the disk that has them. What a linked clone hangs on
// is copied along, as with moveAllDiskBackingsAndAllowSharing.
func (c *fileMover) moveDisk(d *types.VirtualDisk, to *simulator.Datastore) types.BaseVirtualDevice {
	moved := *d
	backing, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if !ok {
		c.fault = new(types.NotSupported)
		return d
	}
	own := *backing
	name := path.Base(pathIn(own.FileName))
	as := name
	if d.VDiskId != nil {
		as = c.freeName(to)
	}
	content := simulator.VirtualDiskBackingFileName
	c.moveFile(own.FileName, pathIn(own.FileName), to, as)
	c.moveFile(own.FileName, content(pathIn(own.FileName)), to, content(as))
	own.FileName, own.Datastore = "["+to.Name+"] "+path.Join(c.folder, as), &to.Self
	if own.Parent != nil {
		parent := *own.Parent
		parent.FileName, parent.Datastore = "["+to.Name+"] "+path.Join(c.folder, "base-"+path.Base(pathIn(parent.FileName))), &to.Self
		own.Parent = &parent
	}
	moved.Backing = &own
	return &moved
}

// moveRest moves what is left in the machine's folder, but for images in drives.
func (c *fileMover) moveRest(from string, to *simulator.Datastore) {
	dir := filepath.Join(c.root(from), c.folder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		c.fault = &types.FileNotFound{FileFault: types.FileFault{File: c.folder}}
		return
	}
	for _, e := range entries {
		if name := e.Name(); filepath.Ext(name) != ".iso" && filepath.Ext(name) != ".vmdk" {
			c.moveFile("["+from+"] "+path.Join(c.folder, name), path.Join(c.folder, name), to, name)
		}
	}
	_ = os.Remove(dir) // it stays where something lies in it
}

// freeName is one that a first class disk gets in the machine's folder: it loses its own, and keeps its id (vsphere-csi-driver #565).
func (c *fileMover) freeName(on *simulator.Datastore) string {
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s_%d.vmdk", c.folder, n)
		if _, err := os.Lstat(filepath.Join(on.Summary.Url, c.folder, name)); err != nil {
			return name
		}
	}
}

// moveFile moves one file into the machine's folder, where it is there.
func (c *fileMover) moveFile(on, file string, to *simulator.Datastore, as string) {
	old := filepath.Join(c.root(StoreIn(on)), file)
	if _, err := os.Stat(old); err != nil {
		return
	}
	dir := filepath.Join(to.Summary.Url, c.folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		c.fault = &types.CannotCreateFile{FileFault: types.FileFault{File: c.folder}}
		return
	}
	if err := os.Rename(old, filepath.Join(dir, as)); err != nil {
		c.fault = &types.CannotAccessFile{FileFault: types.FileFault{File: file}}
	}
}

// root is where the files of a datastore lie.
func (c *fileMover) root(name string) string {
	for _, e := range c.ctx.Map.All("Datastore") {
		if store := e.(*simulator.Datastore); store.Name == name && slices.Contains(base.Get[*simulator.HostSystem](c.ctx,
			*c.vm.Runtime.Host).Datastore, store.Self) {
			return store.Summary.Url
		}
	}
	return ""
}

// listDatastores writes on the machine and on the datastores which of them it uses.
func (c *fileMover) listDatastores(to destination) {
	use := []types.ManagedObjectReference{to.home.Self}
	for _, store := range to.disks {
		if !slices.Contains(use, store.Self) {
			use = append(use, store.Self)
		}
	}
	for _, d := range c.vm.Config.Hardware.Device {
		if _, cd := d.(*types.VirtualCdrom); !cd || BackingFile(d) == "" {
			continue
		}
		store, fault := base.StoreOfPath(c.ctx, BackingFile(d), base.Get[*simulator.HostSystem](c.ctx, to.host).Datastore)
		if fault == nil && !slices.Contains(use, store.Self) {
			use = append(use, store.Self)
		}
	}
	for _, ref := range append(slices.Clone(c.vm.Datastore), use...) {
		store := base.Get[*simulator.Datastore](c.ctx, ref)
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
