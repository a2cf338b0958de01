// SPDX-License-Identifier: MPL-2.0

package attachments

import (
	"context"
	"errors"
	"fmt"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// mostRefusals is how often the same free place may be refused.
const mostRefusals = 5

// judge decides what a refused or lost attachment means. It returns nil where the machine is to be looked at again, and another attempt
// made if it has not got the volume.
func (t *attaching) judge(ctx context.Context, vm mo.VirtualMachine, controller int32, err error) error {
	var argument *types.InvalidArgument
	switch {
	case wire.HeldThroughout(err), errors.Is(err, openstack.ErrNotBegun):
		return faults.Explain(t.act(vm), err)
	case faults.OutcomeUnknown(err):
		if t.again(ctx) {
			return nil
		}
	case faults.Is[*types.ResourceInUse](err), faults.Is[*types.InvalidState](err), faults.Is[*types.FileLocked](err):
		return t.inUse(ctx, vm, err)
	case faults.Is[*types.MissingController](err), faults.Is[*types.TooManyDevices](err):
		t.full = append(t.full, controller)
		return nil
	case faults.Stale(err), faults.Is[*types.TaskInProgress](err), faults.Is[*types.InvalidDeviceSpec](err),
		faults.Is[*types.InvalidController](err),
		faults.As(err, &argument) && (argument.InvalidProperty == "unitNumber" || argument.InvalidProperty == "controllerKey"):
		if t.refused++; t.refused < mostRefusals && t.again(ctx) {
			return nil
		}
	case faults.Is[*types.ManagedObjectNotFound](err) && !t.moved, faults.Is[*types.NotFound](err) && !t.moved:
		return t.lookAgain(ctx)
	}
	return faults.Explain(t.act(vm), err)
}

// again waits for the next attempt, longer each time. It returns false where there is none.
func (t *attaching) again(ctx context.Context) bool {
	t.attempts++
	return t.attempts < retry.WriteAttempts && t.tries.Wait(ctx)
}

// act is what errors call the attachment.
func (t *attaching) act(vm mo.VirtualMachine) string {
	return fmt.Sprintf("attaching the volume %s, on the datastore %s, to %s", t.volume.Name, t.volume.Datastore, vm.Name)
}

// lookAgain looks for the volume once more, which may have moved to another datastore meanwhile.
func (t *attaching) lookAgain(ctx context.Context) (err error) {
	t.moved = true
	if t.volume, t.store, err = t.volumes.Where(ctx, t.wanted.VolumeID); err != nil {
		return openstack.AttributeErrorf("volume_id", "%w", err)
	}
	return nil
}

// inUse says which machine has a volume that the vCenter calls in use. The machine itself is looked at first: an attachment whose answer
// was lost is refused in the same way, and vCenters call it by either name.
func (t *attaching) inUse(ctx context.Context, vm mo.VirtualMachine, refused error) error {
	now, _, err := t.q.look(ctx)
	if err != nil {
		return errors.Join(faults.Explain(t.act(vm), refused), err)
	}
	if _, has := on(now, t.wanted.VolumeID); has {
		return nil
	}
	holders, err := t.volumes.Holders(ctx, t.volume, t.store)
	if err != nil {
		return errors.Join(faults.Explain(t.act(vm), refused), err)
	}
	var names []string
	for _, holder := range holders {
		if holder.MoRef != vm.Self.Value {
			names = append(names, holder.ServerName)
		}
	}
	if len(names) > 0 {
		return openstack.AttributeErrorf("volume_id", "the volume %s is attached to %s, and is not taken from there: detach it first, or make a "+
			"volume with multiattach", t.volume.Name, faults.Quoted(names))
	}
	if t.nowhere++; t.nowhere <= 2 && t.again(ctx) {
		t.q.forget()
		return nil
	}
	return openstack.AttributeErrorf("volume_id", "the vCenter calls the volume %s in use, and no machine has it: a snapshot of a machine, "+
		"or a machine that is no longer in the inventory, may hold it (%w)", t.volume.Name, faults.Explain(t.act(vm), refused))
}
