// SPDX-License-Identifier: MPL-2.0

package replay

import (
	"context"
	"path"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// VolumeGiB is the size of a replayed volume in GiB.
const VolumeGiB = 2

// file makes the file that a disk is attached to or cloned from, unless it exists. Nova leaves the size out where the file has it.
func (r *Replayer) file(ctx context.Context, disk *types.VirtualDisk, fresh bool, at take) error {
	backing := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if disk.CapacityInKB == 0 {
		switch root := at.FlavorAt(at.step).Disk; {
		case strings.Contains(backing.FileName, "volume-"):
			disk.CapacityInKB = VolumeGiB << 20
		case root > 0:
			disk.CapacityInKB = root << 20
		default:
			disk.CapacityInKB = max(at.Input.Image.Size>>10, 1024)
		}
	}
	if backing.Parent != nil {
		if err := r.create(ctx, backing.Parent.FileName, disk.CapacityInKB); err != nil {
			return err
		}
	}
	if fresh {
		return nil
	}
	return r.create(ctx, backing.FileName, disk.CapacityInKB)
}

// create makes a disk's file, and its folder, unless they exist.
func (r *Replayer) create(ctx context.Context, file string, kb int64) error {
	_ = object.NewFileManager(r.client).MakeDirectory(ctx, path.Dir(file), r.datacenter, true) // it may exist
	_, err := result(ctx, func() (*object.Task, error) {
		return object.NewVirtualDiskManager(r.client).CreateVirtualDisk(ctx, file, r.datacenter, &types.FileBackedVirtualDiskSpec{
			CapacityKb: kb, VirtualDiskSpec: types.VirtualDiskSpec{AdapterType: "lsiLogic", DiskType: "thin"}})
	})
	if fault, is := err.(task); is && fault.exists() {
		return nil
	}
	return err
}

// upload puts a file where a CD-ROM drive has it.
func (r *Replayer) upload(ctx context.Context, file string) error {
	var at object.DatastorePath
	at.FromString(file)
	return r.store.Upload(ctx, strings.NewReader("an image"), at.Path, &soap.DefaultUpload)
}
