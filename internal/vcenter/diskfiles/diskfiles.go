// SPDX-License-Identifier: MPL-2.0

// Package diskfiles copies the files of disks on datastores, and deletes the copies. A copy has no id and no record: it is known by its
// path alone, which its maker chooses so that nobody else has it.
package diskfiles

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// folder is where copies lie on a datastore.
const folder = "novasphere"

// Files are the copies on the datastores of one datacenter. All of its methods may be called concurrently.
type Files struct {
	// Patience is how long a copy that another process may be writing is waited for.
	Patience time.Duration

	wire      *wire.Conn
	inventory *inventory.Inventory
	mu        sync.Mutex
	made      map[ref]bool // datastores on which this process has made the folder
}

// New prepares the copies of a datacenter without reading any.
func New(conn *wire.Conn, at *inventory.Inventory) *Files {
	return &Files{Patience: 5 * time.Minute, wire: conn, inventory: at, made: map[ref]bool{}}
}

// Path is the file of a copy on a datastore, for example "[vmfs-1] novasphere/<name>.vmdk".
func Path(store mo.Datastore, name string) string {
	return fmt.Sprintf("[%s] %s/%s.vmdk", store.Name, folder, name)
}

// disks gives the client and the datacenter that calls about files name.
func (f *Files) disks(ctx context.Context) (*vim25.Client, ref, error) {
	dc, err := f.inventory.Places.Datacenter(ctx)
	if err != nil {
		return nil, ref{}, err
	}
	vim, err := f.wire.Vim(ctx)
	return vim, dc.Self, err
}

// Exists reports whether there is the file of a disk, even one that is being written.
func (f *Files) Exists(ctx context.Context, file string) (bool, error) {
	vim, dc, err := f.disks(ctx)
	if err != nil {
		return false, err
	}
	_, err = methods.QueryVirtualDiskUuid(ctx, vim,
		&types.QueryVirtualDiskUuid{This: *vim.ServiceContent.VirtualDiskManager, Name: file, Datacenter: &dc})
	switch {
	case faults.Is[*types.FileNotFound](err):
		return false, nil
	case faults.Is[*types.FileLocked](err), faults.Is[*types.CannotAccessFile](err):
		return true, nil
	}
	return err == nil, faults.Explain("looking for "+file, err)
}

// Drop deletes the file of a copy that is no first class disk. One that is gone is no error.
func (f *Files) Drop(ctx context.Context, file string) error {
	return f.delete(ctx, file, func(ctx context.Context, vim *vim25.Client, dc *ref) (ref, error) {
		res, err := methods.DeleteVirtualDisk_Task(ctx, vim,
			&types.DeleteVirtualDisk_Task{This: *vim.ServiceContent.VirtualDiskManager, Name: file, Datacenter: dc})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// DropFile deletes a file, of a disk or not, that may not be whole. One that is gone is no error.
func (f *Files) DropFile(ctx context.Context, file string) error {
	return f.delete(ctx, file, func(ctx context.Context, vim *vim25.Client, dc *ref) (ref, error) {
		res, err := methods.DeleteDatastoreFile_Task(ctx, vim,
			&types.DeleteDatastoreFile_Task{This: *vim.ServiceContent.FileManager, Name: file, Datacenter: dc})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// delete runs a deletion of a file of the datacenter, which may be repeated.
func (f *Files) delete(ctx context.Context, file string, start func(context.Context, *vim25.Client, *ref) (ref, error)) error {
	_, dc, err := f.disks(ctx)
	if err != nil {
		return err
	}
	err = f.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) { return start(ctx, vim, &dc) })
	if faults.Is[*types.FileNotFound](err) {
		return nil
	}
	return faults.Explain("deleting "+file, err)
}

// makeFolder makes the folder of copies on a datastore, once for all copies of this process. Datastores of objects have a call of their
// own for folders at their top.
func (f *Files) makeFolder(ctx context.Context, store mo.Datastore) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.made[store.Self] {
		return nil
	}
	vim, dc, err := f.disks(ctx)
	if err != nil {
		return err
	}
	err = retry.Once(func() error {
		if store.Summary.Type == "vsan" || store.Summary.Type == "VVOL" {
			_, err := methods.CreateDirectory(ctx, vim, &types.CreateDirectory{This: *vim.ServiceContent.DatastoreNamespaceManager,
				Datastore: store.Self, DisplayName: folder})
			return err
		}
		_, err := methods.MakeDirectory(ctx, vim, &types.MakeDirectory{This: *vim.ServiceContent.FileManager,
			Name: "[" + store.Name + "] " + folder, Datacenter: &dc})
		return err
	})
	if err != nil && !faults.Is[*types.FileAlreadyExists](err) {
		return faults.Explain("making the folder "+folder+" on the datastore "+store.Name, err)
	}
	f.made[store.Self] = true
	return nil
}
