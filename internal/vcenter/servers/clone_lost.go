// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// afterFailedClone finds out what a failed clone has left behind.
func (c *Servers) afterFailedClone(ctx context.Context, vim *vim25.Client, made *cloned, want *Request, err error) (*cloned, error) {
	act := "cloning " + want.Name
	switch {
	case errors.Is(err, openstack.ErrNotBegun):
		return nil, faults.Explain(act, err)
	case faults.Is[*types.DuplicateName](err) || faults.Is[*types.AlreadyExists](err):
		return nil, c.taken(ctx, vim, want)
	case faults.DefiniteFault(err):
		// A fault may come after the VM was made, for instance when it does not power on.
		if vm, failed := c.machines.FindUUID(context.WithoutCancel(ctx), want.ID); failed == nil {
			made.vm = vm
			return made, faults.Explain(act, err)
		}
		return nil, faults.Explain(act, err)
	}
	patience := unheardPatience
	if errors.Is(err, context.DeadlineExceeded) {
		patience = wire.LastPatience
	}
	vm, found := c.awaitUUID(ctx, vim, want.ID, made.begun, patience)
	if !found {
		return nil, fmt.Errorf("%w; no VM with the instance UUID %s has appeared since: apply again. Should one appear later, the next apply "+
			"names it", faults.Explain(act, err), want.ID)
	}
	if made.vm = vm; faults.OutcomeUnknown(err) {
		return made, nil
	}
	return made, faults.Explain(act, err)
}

// unheardPatience is how long a clone is looked for when the answer to its start, or its end, was lost.
const unheardPatience = 5 * time.Minute

// awaitUUID looks for a VM by its instance UUID for as long as a task that begun accepts is running, since that may be ours whose start was
// not answered.
func (c *Servers) awaitUUID(ctx context.Context, vim *vim25.Client, id string, begun func(types.TaskInfo) bool,
	patience time.Duration) (ref, bool) {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer stop()
	for pause := time.Second; ; pause = min(2*pause, 10*time.Second) {
		running, _ := c.wire.AnyRecent(end, vim, begun) // asked first, so that a clone that ends in between is found by the search
		res, err := methods.FindByUuid(end, vim, &types.FindByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true,
			InstanceUuid: types.NewBool(true)})
		if err == nil && res.Returnval != nil && c.wire.Settled(end, *res.Returnval) {
			return *res.Returnval, true
		}
		if err == nil && res.Returnval == nil && !running {
			return ref{}, false
		}
		select {
		case <-end.Done():
			return ref{}, false
		case <-time.After(pause):
		}
	}
}
