package volumes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// starter starts a task of the manager of first class disks.
type starter func(ctx context.Context, vim *vim25.Client, manager ref) (ref, error)

// run carries out a task of the manager, and leaves its fault as it is.
func (v *Volumes) run(ctx context.Context, kind string, start starter) (any, error) {
	vim, manager, err := v.manager(ctx)
	if err != nil {
		return nil, err
	}
	return v.wire.RunTaskWith(ctx, &wire.TaskRun{Kind: kind}, func(ctx context.Context) (ref, error) { return start(ctx, vim, manager) })
}

// manager gives the client, and the manager of first class disks that changes are sent to.
func (v *Volumes) manager(ctx context.Context) (*vim25.Client, ref, error) {
	vim, err := v.wire.Vim(ctx)
	if err != nil {
		return nil, ref{}, err
	}
	if vim.ServiceContent.VStorageObjectManager == nil {
		return nil, ref{}, errors.New("this vCenter has no first class disks, which volumes are made of")
	}
	return vim, *vim.ServiceContent.VStorageObjectManager, nil
}

// make carries out a task that makes a disk. Where its answer is lost, the disk is looked for. A disk that exists comes back although
// there is an error.
func (v *Volumes) make(ctx context.Context, act, kind string, start starter, find finder) (located, error) {
	result, err := v.run(ctx, kind, start)
	if made, ok := result.(types.VStorageObject); ok {
		return located{fromDisk(made.Config), storeOf(made.Config)}, faults.Explain(act, err)
	}
	if err == nil {
		return located{}, fmt.Errorf("%s: the vCenter does not say which disk it has made", act)
	}
	if errors.Is(err, openstack.ErrNotBegun) || faults.DefiniteFault(err) {
		return located{}, faults.Explain(act, err)
	}
	found, ok, failed := v.awaitMade(ctx, kind, find)
	switch {
	case failed != nil:
		return located{}, fmt.Errorf("%w; whether the disk exists could not be seen: %w", faults.Explain(act, err), failed)
	case !ok:
		return located{}, fmt.Errorf("%w; no disk of it has appeared since: apply again", faults.Explain(act, err))
	case faults.OutcomeUnknown(err):
		return found, nil
	}
	return found, faults.Explain(act, err)
}

// finder looks for a disk that may have been made.
type finder func(ctx context.Context) (found located, ok bool, err error)

// awaitMade looks for a disk for as long as a task of a kind is running that may make it, and for as long as a disk that is found is
// still being made.
func (v *Volumes) awaitMade(ctx context.Context, kind string, find finder) (located, bool, error) {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), v.LostPatience)
	defer stop()
	for pause := time.Second / 4; ; pause = min(2*pause, 10*time.Second) {
		running := v.running(end, kind) // asked first: a disk whose task ends in between is found then
		found, ok, err := find(end)
		if err == nil && ok && v.complete(end, found) {
			return found, true, nil
		}
		if err == nil && !ok && !running {
			return located{}, false, nil
		}
		select {
		case <-end.Done():
			return located{}, false, errors.Join(err, end.Err())
		case <-time.After(pause):
		}
	}
}
