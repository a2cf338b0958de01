// SPDX-License-Identifier: MPL-2.0

// Package rescue starts an instance from a disk of an image instead of its own, as Nova's VMware driver does, and ends that again. An
// instance is rescued as long as its VM has the disk; nothing else is recorded.
package rescue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/diskfiles"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Rescue rescues the instances of one datacenter.
type Rescue struct {
	wire      *wire.Conn
	inventory *inventory.Inventory
	machines  *machine.Machines
	images    *image.Images
	files     *diskfiles.Files
}

// New returns a Rescue. It calls nothing.
func New(conn *wire.Conn, at *inventory.Inventory, machines *machine.Machines, images *image.Images) *Rescue {
	return &Rescue{wire: conn, inventory: at, machines: machines, images: images, files: diskfiles.New(conn, at)}
}

// rescuedKey notes on a VM the image that it was last rescued with, so that an end of the rescue whose process was killed is told from
// one of an instance that was never rescued.
const rescuedKey = records.Prefix + "rescued"

// rescuing is one rescue, or its end, of one instance.
type rescuing struct {
	*Rescue
	id      string
	tell    machine.Telling
	vm      mo.VirtualMachine // as last read
	is      openstack.Server
	stopped bool // it ran and was told to stop: it is started again where the rest cannot be done
}

// look reads the VM anew.
func (t *rescuing) look(ctx context.Context) (err error) {
	vm, is, err := t.machines.Managed(ctx, machine.Key{ID: t.id, MoRef: t.vm.Self.Value})
	if err != nil {
		return err
	}
	t.vm, t.is = vm, is
	switch {
	case is.Rescued == "" || is.Unfinished:
		return machine.CheckActable(is)
	case vm.Runtime.Question != nil || vm.Runtime.ConnectionState != types.VirtualMachineConnectionStateConnected:
		return openstack.AttributeErrorf("instance_id", "%s %s", is.Name, is.Stuck)
	}
	return nil
}

// stop turns the VM off, once: gently where its VMware Tools run, as Nova does.
func (t *rescuing) stop(ctx context.Context) error {
	if machine.IsOff(t.vm) {
		return nil
	}
	if t.stopped {
		t.stopped = false
		return fmt.Errorf("%s was told to stop, and runs: somebody else has started it again. It keeps running", t.is.Name)
	}
	t.tell("%s is shut off", t.is.Name)
	_, err := t.machines.Stop(ctx, t.vm, true)
	t.stopped = err == nil || !wire.HeldThroughout(err) && !errors.Is(err, openstack.ErrNotBegun)
	if err != nil {
		return err
	}
	return t.look(ctx)
}

// start starts the VM, after what its guest is told was made up to date.
func (t *rescuing) start(ctx context.Context) error {
	if err := t.look(ctx); err != nil || !machine.IsOff(t.vm) {
		return err
	}
	if err := t.machines.RefreshGuestNetwork(ctx, t.vm); err != nil {
		return faults.Explain("telling the guest of "+t.is.Name+" anew before it is started", err)
	}
	return t.machines.PowerOn(ctx, t.vm)
}

// startPatience is how long starting a VM again may take, when the action's own time may be over.
const startPatience = 5 * time.Minute

// startAgain starts a VM that was stopped for what could not be done, and adds how that went to why.
func (t *rescuing) startAgain(ctx context.Context, why error) error {
	if !t.stopped || why == nil || errors.Is(why, openstack.ErrNotFound) {
		return why
	}
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), startPatience)
	defer stop()
	var err error
	if still := (*machine.StillStoppingError)(nil); errors.As(why, &still) { // it cannot be started before it is off
		_, err = t.machines.ShutDown(end, t.vm)
	}
	if err == nil {
		err = t.start(end)
	}
	if err != nil {
		return fmt.Errorf("%w; %s was told to shut off for that and does not run again: start it, or invoke the action again (%w)", why,
			t.is.Name, err)
	}
	return why
}

// amend changes the VM as it was read. A change that was carried out in spite of an interrupt is done.
func (t *rescuing) amend(ctx context.Context, spec types.VirtualMachineConfigSpec) error {
	err := t.machines.Amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, t.vm, spec)
	if errors.Is(err, wire.ErrInterrupted) {
		return nil
	}
	return faults.Explain("reconfiguring "+t.is.Name, err)
}

// looksAgain reports whether a change is computed anew from the VM as it then is: it was refused because the VM has changed, or got no
// answer and may have been done. Both are safe to repeat, since each change bears the changeVersion that it was computed from.
func looksAgain(err error) bool { return faults.Stale(err) || faults.OutcomeUnknown(err) }

// quoted lists names for a sentence.
func quoted(names []string) string { return strings.TrimSpace(faults.Quoted(names)) }
