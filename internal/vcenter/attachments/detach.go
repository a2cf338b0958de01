// SPDX-License-Identifier: MPL-2.0

package attachments

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Detach takes a volume off a machine, running or not. The guest is not asked. It is no error if the machine is gone or has not got the
// volume. A snapshot of the machine that holds the volume prevents it, and is named.
func (a *Attachments) Detach(ctx context.Context, server, volume string) error {
	volume = strings.ToLower(volume)
	q := a.queue(Request{ServerID: server})
	if err := q.wait(ctx); err != nil {
		return err
	}
	defer q.done()
	tries := retry.Backoff{Longest: retry.LongestPause}
	for attempt := 0; ; attempt++ {
		at, _, err := q.find(ctx)
		if errors.Is(err, openstack.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		err = a.detach(ctx, at, volume)
		q.forget()
		if err == nil || errors.Is(err, wire.ErrInterrupted) || wire.HeldThroughout(err) || errors.Is(err, openstack.ErrNotBegun) {
			return err
		}
		refused := err
		vm, err := q.read(ctx)
		if errors.Is(err, openstack.ErrNotFound) {
			return nil
		}
		if err != nil {
			return errors.Join(faults.Explain("detaching the volume "+volume, refused), err)
		}
		if _, has := on(vm, volume); !has {
			return nil
		}
		again := faults.OutcomeUnknown(refused) || faults.Stale(refused) || faults.Is[*types.TaskInProgress](refused) ||
			faults.Is[*types.ManagedObjectNotFound](refused)
		if !again || attempt == retry.WriteAttempts || !tries.Wait(ctx) {
			return a.undetachable(ctx, vm, volume, refused)
		}
	}
}

// detach sends the change, and waits for it.
func (a *Attachments) detach(ctx context.Context, vm ref, volume string) error {
	client, err := a.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = a.wire.RunTaskWith(ctx, &wire.TaskRun{On: vm, Kind: "DetachDisk_Task"}, func(ctx context.Context) (ref, error) {
		res, err := methods.DetachDisk_Task(ctx, client, &types.DetachDisk_Task{This: vm, DiskId: types.ID{Id: volume}})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return err
}

// undetachable says what keeps a volume on a machine. A vCenter only calls the device's configuration invalid where a snapshot holds it.
func (a *Attachments) undetachable(ctx context.Context, vm mo.VirtualMachine, volume string, refused error) error {
	err := faults.Explain(fmt.Sprintf("detaching the volume %s from %s", volume, vm.Name), refused)
	if vm.Snapshot == nil {
		return err
	}
	names, failed := machine.SnapshotsWith(ctx, a.wire, vm.Snapshot.RootSnapshotList, func(disk *types.VirtualDisk) bool {
		return disk.VDiskId != nil && strings.EqualFold(disk.VDiskId.Id, volume)
	})
	if failed == nil && len(names) > 0 {
		return fmt.Errorf("the volume %s cannot be detached from %s: snapshots of the machine hold it. Delete them first: %s", volume, vm.Name,
			faults.Quoted(names))
	}
	return errors.Join(err, failed)
}
