// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm"
)

// Disk is a first class disk as the vCenter's catalogue has it.
type Disk struct {
	types.VStorageObjectConfigInfo
	Snapshots []types.VStorageObjectSnapshotInfoVStorageObjectSnapshot
}

// ID returns its id.
func (d Disk) ID() string { return d.Id.Id }

// Path returns its file, for example "[vmfs-1] fcd/<id>.vmdk".
func (d Disk) Path() string { return d.Backing.(*types.BaseConfigInfoDiskFileBackingInfo).FilePath }

// Note returns a value of its metadata, or "".
func (d Disk) Note(key string) string {
	for _, pair := range d.Metadata {
		if pair.Key == key {
			return pair.Value
		}
	}
	return ""
}

// Disks returns the first class disks on all datastores of the first datacenter, by name.
func (v *VCenter) Disks() (out []Disk) {
	v.t.Helper()
	out, err := v.disks(context.Background())
	if err != nil {
		v.t.Fatal(err)
	}
	return out
}

// disks lists the disks without ending the test on an error.
func (v *VCenter) disks(ctx context.Context) (out []Disk, err error) {
	manager := vslm.NewObjectManager(v.Client().Client)
	stores, err := find.NewFinder(v.Client().Client).DatastoreList(ctx, v.Datacenter(1)+"/datastore/*")
	if err != nil {
		return nil, err
	}
	for _, store := range stores {
		ids, err := manager.List(ctx, store)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			found, err := manager.Retrieve(ctx, store, id.Id)
			var snapshots *types.VStorageObjectSnapshotInfo
			if err == nil {
				snapshots, err = manager.RetrieveSnapshotInfo(ctx, store, id.Id)
			}
			if fault.Is(err, &types.NotFound{}) { // lists keep ids of disks that have gone
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, Disk{found.Config, snapshots.Snapshots})
		}
	}
	slices.SortFunc(out, func(a, b Disk) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID(), b.ID())) })
	return out, nil
}

// Disk returns the one first class disk of a name.
func (v *VCenter) Disk(name string) Disk {
	v.t.Helper()
	all := slices.DeleteFunc(v.Disks(), func(d Disk) bool { return d.Name != name })
	if len(all) != 1 {
		v.t.Fatalf("%d first class disks are named %s, not one", len(all), name)
	}
	return all[0]
}

// MakeDisk makes a first class disk that is nobody's on the first datastore, and returns its id.
func (v *VCenter) MakeDisk(name string, megabytes int64) string {
	v.t.Helper()
	store, _ := v.store("[vmfs-1]")
	backing := &types.VslmCreateSpecDiskFileBackingSpec{}
	backing.Datastore = store.Reference()
	task, err := vslm.NewObjectManager(v.Client().Client).CreateDisk(context.Background(), types.VslmCreateSpec{Name: name,
		CapacityInMB: megabytes, BackingSpec: backing})
	var info *types.TaskInfo
	if err == nil {
		info, err = task.WaitForResult(context.Background())
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return info.Result.(types.VStorageObject).Config.Id.Id
}

// AttachDisk attaches a first class disk to a machine, as somebody else would.
func (v *VCenter) AttachDisk(vm types.ManagedObjectReference, d Disk) {
	v.t.Helper()
	store, _ := v.store(d.Path())
	if err := object.NewVirtualMachine(v.Client().Client, vm).AttachDisk(context.Background(), d.ID(), store, 0, nil); err != nil {
		v.t.Fatal(err)
	}
}

// Attached returns the ids of the first class disks on a machine, by the names of their places.
func (v *VCenter) Attached(vm mo.VirtualMachine) (ids []string) {
	for _, device := range vm.Config.Hardware.Device {
		if disk, is := device.(*types.VirtualDisk); is && disk.VDiskId != nil {
			ids = append(ids, disk.VDiskId.Id)
		}
	}
	slices.Sort(ids)
	return ids
}

// WriteDisk writes at an offset of a disk, as a guest does.
func (v *VCenter) WriteDisk(d Disk, at int64, data string) {
	v.t.Helper()
	file, err := os.OpenFile(v.local(d), os.O_WRONLY, 0)
	if err != nil {
		v.t.Fatal(err)
	}
	_, err = file.WriteAt([]byte(data), at)
	if err = errors.Join(err, file.Close()); err != nil {
		v.t.Fatal(err)
	}
}

// Content returns a digest of all that a disk holds: equal for disks that hold the same, whatever their sizes, up to zeros at the end.
func (v *VCenter) Content(d Disk) [sha256.Size]byte {
	v.t.Helper()
	file, err := os.Open(v.local(d))
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	hash, block := sha256.New(), make([]byte, 64<<10)
	for at := int64(0); ; {
		at = nextData(file, at) / int64(len(block)) * int64(len(block))
		n, err := file.ReadAt(block, at)
		if bytes.ContainsFunc(block[:n], func(r rune) bool { return r != 0 }) {
			fmt.Fprintf(hash, "%d:", at)
			hash.Write(bytes.TrimRight(block[:n], "\x00"))
		}
		if err == io.EOF {
			return [sha256.Size]byte(hash.Sum(nil))
		}
		if err != nil {
			v.t.Fatal(err)
		}
		at += int64(n)
	}
}

// nextData returns the next offset that may hold anything but zeros: a disk of a gigabyte holds a few blocks.
func nextData(file *os.File, at int64) int64 {
	const seekData = 3 // SEEK_DATA of Linux
	if runtime.GOOS != "linux" {
		return at
	}
	if next, err := file.Seek(at, seekData); err == nil {
		return next
	}
	end, err := file.Seek(0, io.SeekEnd) // ENXIO: no more data
	if err != nil {
		return at
	}
	return max(at, end)
}

// local returns the file on this computer that holds a disk's content.
func (v *VCenter) local(d Disk) string {
	v.t.Helper()
	return v.Local(d.Path())
}

// Local returns the file on this computer that holds the content of a disk with a path such as "[vmfs-1] vm/vm.vmdk".
func (v *VCenter) Local(path string) string {
	v.t.Helper()
	found, inside := v.store(path)
	var store mo.Datastore
	if err := property.DefaultCollector(v.Client().Client).RetrieveOne(context.Background(), found.Reference(), []string{"summary.url"},
		&store); err != nil {
		v.t.Fatal(err)
	}
	return filepath.Join(store.Summary.Url, strings.TrimSuffix(inside, ".vmdk")+"-flat.vmdk")
}

// Download fetches the content of a disk with a path such as "[vmfs-1] vm/vm.vmdk" from its datastore into a file of this computer, with
// holes where there are zeros, and returns its size.
func (v *VCenter) Download(path, into string) (size int64) {
	v.t.Helper()
	store, inside := v.store(path)
	body, _, err := store.Download(context.Background(), strings.TrimSuffix(inside, ".vmdk")+"-flat.vmdk", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	file, err := os.Create(into)
	if err != nil {
		v.t.Fatal(err)
	}
	block, zeros := make([]byte, 256<<10), make([]byte, 256<<10)
	for err == nil {
		var n int
		if n, err = io.ReadFull(body, block); !bytes.Equal(block[:n], zeros[:n]) {
			_, failed := file.WriteAt(block[:n], size)
			err = cmp.Or(failed, err)
		}
		size += int64(n)
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = file.Truncate(size)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		v.t.Fatal(err)
	}
	return size
}

// SnapshotDisk takes a snapshot of a first class disk, and returns the snapshot's id.
func (v *VCenter) SnapshotDisk(d Disk) string {
	v.t.Helper()
	store, _ := v.store(d.Path())
	task, err := vslm.NewObjectManager(v.Client().Client).CreateSnapshot(context.Background(), store, d.ID(), "by hand")
	var info *types.TaskInfo
	if err == nil {
		info, err = task.WaitForResult(context.Background())
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return info.Result.(types.ID).Id
}
