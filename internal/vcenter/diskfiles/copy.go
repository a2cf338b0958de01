// SPDX-License-Identifier: MPL-2.0

package diskfiles

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Request is a copy that is to be made of a disk that no running machine has.
type Request struct {
	What  string       // what is copied, for messages
	From  string       // a disk's file
	To    string       // nothing may be there
	Store mo.Datastore // of To where that is as Path gives it, so that its folder is made; else none
	Type  string       // how the copy lies on its datastore, as VirtualDiskSpec.diskType has it
}

// kind is the method that copies.
const kind = "CopyVirtualDisk_Task"

// Copy copies a disk. Where the answer is lost, nothing tells whether what there is of the copy is whole: it is deleted, and made once
// more. After an error there is no copy.
func (f *Files) Copy(ctx context.Context, r Request) error {
	if r.Store.Self != (ref{}) {
		if err := f.makeFolder(ctx, r.Store); err != nil {
			return err
		}
	}
	err := f.copy(ctx, r)
	if faults.OutcomeUnknown(err) {
		if err := f.Clear(ctx, r.To); err != nil {
			return err
		}
		err = f.copy(ctx, r)
	}
	failed := faults.Explain("copying "+r.What+" to "+r.To, err)
	if errors.Is(err, wire.ErrInterrupted) {
		return f.DropAfter(ctx, r.To, failed)
	}
	return failed
}

func (f *Files) copy(ctx context.Context, r Request) error {
	vim, dc, err := f.disks(ctx)
	if err != nil {
		return err
	}
	_, err = f.wire.RunTaskWith(ctx, &wire.TaskRun{Kind: kind}, func(ctx context.Context) (ref, error) {
		res, err := methods.CopyVirtualDisk_Task(ctx, vim, &types.CopyVirtualDisk_Task{This: *vim.ServiceContent.VirtualDiskManager,
			SourceName: r.From, SourceDatacenter: &dc, DestName: r.To, DestDatacenter: &dc,
			DestSpec: &types.VirtualDiskSpec{AdapterType: string(types.VirtualDiskAdapterTypeLsiLogic), DiskType: r.Type}})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return err
}

// DropAfter deletes a copy that leads to nothing, even after an interrupt, and gives why.
func (f *Files) DropAfter(ctx context.Context, file string, why error) error {
	end, stop := openstack.Uninterrupted(ctx)
	defer stop()
	if err := f.Drop(end, file); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// Clear deletes a copy that may not be whole, once nobody writes it any more.
func (f *Files) Clear(ctx context.Context, file string) error {
	until := time.Now().Add(f.Patience)
	err := retry.Until(ctx, until, func(err error) bool { return errors.Is(err, errCopying) }, func() error { return f.settled(ctx, file) })
	if err != nil {
		return err
	}
	locked := func(err error) bool { return faults.Is[*types.FileLocked](err) }
	return retry.Until(ctx, until, locked, func() error { return f.Drop(ctx, file) })
}

var errCopying = errors.New("the vCenter is copying disks")

// settled is errCopying as long as the vCenter is copying any disk, whoever has started it: a task does not tell which file it writes.
func (f *Files) settled(ctx context.Context, file string) error {
	vim, err := f.wire.Vim(ctx)
	if err != nil {
		return err
	}
	manager, err := wire.Read[mo.TaskManager](ctx, f.wire, *vim.ServiceContent.TaskManager, []string{"recentTask"})
	if err != nil {
		return faults.Explain("looking whether "+file+" is being copied", err)
	}
	if f.wire.AnyRunning(ctx, manager.RecentTask, func(info types.TaskInfo) bool {
		return strings.HasSuffix(strings.ToLower(info.DescriptionId), "copyvirtualdisk")
	}) {
		return fmt.Errorf("%s may still be copied: apply again later (%w)", file, errCopying)
	}
	return nil
}
