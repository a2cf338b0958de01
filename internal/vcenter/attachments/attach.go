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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// attaching is one attachment while it is made.
type attaching struct {
	*Attachments
	q      *queue
	wanted Request
	volume openstack.Volume
	store  ref // on which the volume lies

	tries     retry.Backoff
	attempts  int            // refused or lost ones
	nowhere   int            // how often the vCenter called the volume in use, and no machine had it
	moved     bool           // the volume was looked for again
	full      []int32        // keys of controllers that the vCenter called full
	place     hardware.Place // that was tried last
	refused   int            // how often that place was refused
	attached  bool           // the vCenter has said so
	interrupt error          // the attachment was made although Terraform was interrupted
}

// Attach gives a machine a volume, running or not, in the first free place. A machine that has the volume already keeps it: an attachment
// whose answer was lost, or whose process was killed, is found again. A volume that another machine has stays there, and the error names
// that machine, unless both share it. The attachment may come with an error that tells of an interrupt.
func (a *Attachments) Attach(ctx context.Context, r Request) (openstack.Attachment, error) {
	r.VolumeID = strings.ToLower(r.VolumeID)
	volume, store, err := a.find(ctx, r)
	if err != nil {
		return openstack.Attachment{}, openstack.AttributeErrorf("volume_id", "%w", err)
	}
	if err := CheckSharing(volume, r.Multiattach); err != nil {
		return openstack.Attachment{}, err
	}
	if volume.Kept == nil || !*volume.Kept { // the second guard, after detaching, against losing it with the machine
		if volume, err = a.volumes.Keep(ctx, r.VolumeID); err != nil {
			return openstack.Attachment{}, err
		}
	}
	q := a.queue(r)
	if err := q.wait(ctx); err != nil {
		return openstack.Attachment{}, err
	}
	defer q.done()
	if r.Seen != nil {
		q.keep(*r.Seen)
	}
	at := &attaching{Attachments: a, q: q, wanted: r, volume: volume, store: store, tries: retry.Backoff{Longest: retry.LongestPause}}
	return at.make(ctx)
}

// make looks at the machine, and does what is missing, until the machine has the volume.
func (t *attaching) make(ctx context.Context) (openstack.Attachment, error) {
	for {
		vm, fresh, err := t.q.look(ctx)
		if errors.Is(err, openstack.ErrNotFound) {
			return openstack.Attachment{}, openstack.AttributeErrorf("instance_id", "%w", err)
		}
		if err != nil {
			return openstack.Attachment{}, err
		}
		found, has := on(vm, t.wanted.VolumeID)
		switch {
		case has && !fresh && !t.attached: // by what was seen before, which may be out of date
			t.q.forget()
			continue
		case has && found.Shared != t.wanted.Multiattach:
			return openstack.Attachment{}, openstack.AttributeErrorf("multiattach", "%s has the volume %s already, %s: detach it first", vm.Name,
				t.volume.Name, map[bool]string{true: "shared with other machines", false: "for itself alone"}[found.Shared])
		case has:
			return found, t.interrupt
		case t.attached:
			return openstack.Attachment{}, fmt.Errorf("the volume %s was attached to %s, and is gone from it: somebody else has taken it off",
				t.volume.Name, vm.Name)
		}
		if !fresh && t.unfit(ctx, vm) { // too
			t.q.forget()
			continue
		}
		if err := t.step(ctx, vm); err != nil {
			return openstack.Attachment{}, err
		}
	}
}

// step makes one attempt. It returns nil where the machine is to be looked at again.
func (t *attaching) step(ctx context.Context, vm mo.VirtualMachine) error {
	if err := t.checkMount(ctx, vm, t.volume, t.store); err != nil {
		return err
	}
	next := pluggable(vm)
	if t.wanted.Root {
		next = next.BeforeAll()
	}
	at, key, ok := next.Next(t.full)
	if !ok {
		return t.addController(ctx, vm)
	}
	if t.place != at {
		t.place, t.refused = at, 0
	}
	send := t.send
	if t.wanted.Multiattach {
		if err := t.checkSharers(ctx, vm); err != nil {
			return err
		}
		send = t.share
	}
	err := send(ctx, vm, key)
	if errors.Is(err, wire.ErrInterrupted) {
		t.interrupt, err = err, nil
	}
	if err != nil {
		t.q.forget()
		return t.judge(ctx, vm, key, err)
	}
	t.attached = true
	return nil
}

// unfit reports whether a machine, as it was seen before, could not get the volume.
func (t *attaching) unfit(ctx context.Context, vm mo.VirtualMachine) bool {
	_, _, ok := pluggable(vm).Next(t.full)
	return !ok || t.checkMount(ctx, vm, t.volume, t.store) != nil
}

// pluggable returns where a machine can get more disks.
func pluggable(vm mo.VirtualMachine) hardware.Pluggable {
	return hardware.PluggableOf(vm.Config.Hardware.Device, vm.Config.Version,
		vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff)
}

// send has the machine get the volume in a place, and keeps the machine as it is then.
func (t *attaching) send(ctx context.Context, vm mo.VirtualMachine, controller int32) error {
	client, err := t.wire.Vim(ctx)
	if err != nil {
		return err
	}
	run := t.run("AttachDisk_Task", vm.Self)
	_, err = t.wire.RunTaskWith(ctx, run, func(ctx context.Context) (ref, error) {
		res, err := methods.AttachDisk_Task(ctx, client, &types.AttachDisk_Task{This: vm.Self, DiskId: types.ID{Id: t.volume.ID},
			Datastore: t.store, ControllerKey: controller, UnitNumber: &t.place.Unit})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return t.after(run, err)
}

// run describes a task that gives the machine the volume, with a look at the machine along with its end.
func (t *attaching) run(kind string, vm ref) *wire.TaskRun {
	return &wire.TaskRun{On: vm, Kind: kind, Along: &property.Query{Object: vm, Paths: Paths}}
}

// after keeps the machine as a task has left it, where that was seen along with the task's end.
func (t *attaching) after(run *wire.TaskRun, err error) error {
	t.q.forget()
	if err != nil {
		return err
	}
	if seen := run.Machine(func(vm mo.VirtualMachine) bool { _, has := on(vm, t.wanted.VolumeID); return has }); seen != nil {
		seen.Name = property.UnescapeName(seen.Name)
		t.q.keep(*seen)
	}
	return nil
}
