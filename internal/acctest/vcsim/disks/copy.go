// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// fileRules are those of VirtualDiskManager.
type fileRules struct {
	base.Receiver
	*Disks
}

// CopyVirtualDiskTask copies a disk as a file. A source in the format of uploads, streamOptimized, is unpacked. The copy of a first class
// disk has its id in the descriptor.
func (f *fileRules) CopyVirtualDiskTask(ctx *simulator.Context, req *types.CopyVirtualDisk_Task) soap.HasFault {
	task := simulator.CreateTask(ctx.Map.VirtualDiskManager(), "copyVirtualDisk", func(*simulator.Task) (types.AnyType,
		types.BaseMethodFault) {
		from, fault := fileIn(ctx, req.SourceName, req.SourceDatacenter)
		if fault != nil {
			return nil, fault
		}
		if req.DestDatacenter == nil {
			req.DestDatacenter = req.SourceDatacenter
		}
		to, fault := fileIn(ctx, req.DestName, req.DestDatacenter)
		if fault != nil {
			return nil, fault
		}
		vm, unlock := machineWith(base.Apart(ctx), req.SourceName) // whose lock comes before that of files
		defer unlock()
		f.Storage.Lock()
		defer f.Storage.Unlock()
		if fault := copyFault(vm, req, from, to); fault != nil {
			return nil, fault
		}
		removeFile(to)
		return nil, copyDisk(from, to)
	})
	return &methods.CopyVirtualDisk_TaskBody{Res: &types.CopyVirtualDisk_TaskResponse{Returnval: task.Run(ctx)}}
}

// fileIn is where a file of a datacenter's datastores lies on this computer.
func fileIn(ctx *simulator.Context, path string, datacenter *types.ManagedObjectReference) (string, types.BaseMethodFault) {
	if datacenter == nil {
		return "", &types.InvalidArgument{InvalidProperty: "datacenter"}
	}
	store, fault := base.StoreOfPath(ctx, path, base.Get[*simulator.Datacenter](ctx, *datacenter).Datastore)
	if fault != nil {
		return "", fault
	}
	return local(store, path), nil
}

// copyFault is why a copy is refused. The machine is the one that has the source; nil where none has.
func copyFault(vm *simulator.VirtualMachine, req *types.CopyVirtualDisk_Task, from, to string) types.BaseMethodFault {
	about := func(file string) types.FileFault { return types.FileFault{File: file} }
	if _, err := os.Stat(from); err != nil {
		return &types.FileNotFound{FileFault: about(req.SourceName)}
	}
	if _, err := os.Stat(filepath.Dir(to)); err != nil {
		return &types.FileNotFound{FileFault: about(req.DestName)}
	}
	if _, err := os.Stat(to); err == nil && !base.IsTrue(req.Force) {
		return &types.FileAlreadyExists{FileFault: about(req.DestName)}
	}
	if vm != nil && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		return &types.FileLocked{FileFault: about(req.SourceName)}
	}
	return nil
}

// copyDisk copies a disk, or unpacks it.
func copyDisk(from, to string) types.BaseMethodFault {
	if isStream(from) {
		return unpack(from, to)
	}
	id, megabytes, err := readFile(from)
	if err != nil {
		return &types.CannotAccessFile{FileFault: types.FileFault{File: from}}
	}
	return copyFile(from, to, id, megabytes)
}

// unpack makes a disk of a stream.
func unpack(from, to string) types.BaseMethodFault {
	f, err := os.Open(from)
	if err != nil {
		return &types.CannotAccessFile{FileFault: types.FileFault{File: from}}
	}
	defer f.Close()
	size, err := streamSize(f)
	if err == nil {
		if fault := createFile(to, "", (size+base.MiB-1)/base.MiB); fault != nil {
			return fault
		}
		var target *os.File
		if target, err = os.OpenFile(content(to), os.O_WRONLY, 0); err == nil {
			err = errors.Join(readStream(f, target), target.Close())
		}
	}
	if err != nil {
		removeFile(to)
		return &types.InvalidDiskFormat{}
	}
	return nil
}
