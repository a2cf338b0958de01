// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// Update is what an instance must become.
type Update struct {
	openstack.ServerSpec // the zero flavor keeps the one it has
	openstack.ServerChange

	// Drive makes the config drive's ISO image for an instance whose creation was interrupted; nil: none.
	Drive func(openstack.Server) ([]byte, error)
}

// Update makes an instance what want says: name, description, metadata, tags, flavor, NICs and power state, with at most one
// reconfigure, preceded by one relocation where it must move. A NIC without a MAC is a new one, and one of the instance's own that want
// lacks is removed. Changes of CPU, memory and NICs made outside Terraform are put back. A running VM is shut down first where vCenter
// demands it, once, and started again, also where the change is refused. What an interrupted creation left undone before the first start
// comes first.
func (c *Servers) Update(ctx context.Context, key machine.Key, want Update) (now openstack.Server, err error) {
	for i := range want.NICs { // chosen once, however often an attempt is repeated
		if want.NICs[i].MAC == "" {
			want.NICs[i].Port, want.NICs[i].MAC = uuid.NewString(), openstack.RandomMAC()
		}
	}
	ctx, end := c.wire.BeginOperation(ctx)
	defer end()
	u := &serverUpdate{c: c, key: key, want: want, specs: vmspec.NewCompiler(ctx)}
	tries := retry.Backoff{Longest: retry.LongestRace}
	for range retry.WriteAttempts { // until no other client, such as compute_interface_attach, has changed the VM since it was read
		err = retry.Once(func() error {
			now, err = u.attempt(ctx)
			return err
		})
		if !faults.Stale(err) || !tries.Wait(ctx) {
			break
		}
		logging.VCenter.Info(ctx, "a machine is read anew", "name", u.vm.Name, "object", u.vm.Self.Value, "reason",
			"somebody else has changed it since it was read")
	}
	if err != nil {
		err = errors.Join(err, u.startAgain(ctx))
	}
	return now, err
}

// serverUpdate is one Update through all of its attempts. A real vCenter increases changeVersion with every power operation, so whatever
// was read before the VM was stopped is read and computed again afterwards, and no later attempt may stop or start it again.
type serverUpdate struct {
	c    *Servers
	key  machine.Key
	want Update

	specs *vmspec.Compiler // compiled flavors, kept however often the change is computed

	vm      mo.VirtualMachine  // as last read
	seen    *mo.VirtualMachine // as the last task has left it; nil: it must be read
	stopped bool               // it ran and was told to stop: it must be started again, whatever becomes of the change
	unheard bool               // the outcome of the stop is unknown
	stops   bool               // its guest may still be shutting down
	was     *machine.Affinity  // what bound it at first
	evc     *string            // the EVC mode that was applied, which no property shows
}

// attempt reads the VM and does what is missing.
func (u *serverUpdate) attempt(ctx context.Context) (openstack.Server, error) {
	u.seen = nil // what an earlier attempt saw may have changed
	have, ch, err := u.look(ctx)
	if err == nil && u.mustStop(ch) {
		logging.VCenter.Info(ctx, "a change needs the machine off", "name", u.vm.Name, "object", u.vm.Self.Value, "reason", u.stopReason(ch))
		if err = u.stop(ctx); err == nil {
			have, ch, err = u.look(ctx)
		}
	}
	for stages := 0; err == nil && ch.staged() && stages < 2; stages++ {
		if err = u.stage(ctx, have.Name, ch); err == nil {
			have, ch, err = u.look(ctx)
		}
	}
	if err == nil {
		have, ch, err = u.fill(ctx, have, ch)
	}
	if err == nil && have.Unfinished && u.want.Drive != nil {
		err = u.insert(ctx, have, &ch)
	}
	if err == nil && (!reconfigure.Empty(ch.spec) || machine.IsOff(u.vm) && machine.Owes(u.vm) || machine.Unfinished(u.vm)) {
		err = u.reconfigure(ctx, have.Name, ch.spec)
		if machine.Off(u.want.PowerState) && (err == nil || errors.Is(err, wire.ErrInterrupted)) {
			u.stopped = false // it is changed, and off as wanted, whatever fails from here on
		}
	}
	if err == nil && u.was.Text() != ch.now.Text() {
		err = u.c.rules.SettleMachine(ctx, u.vm.Runtime.Host, have.ID, *u.was, ch.now)
	}
	if err != nil {
		return have, err
	}
	u.stopped = false // it is changed: from here on its power state is the wanted one
	if err := u.power(ctx); err != nil {
		return have, err
	}
	if u.seen != nil {
		return u.c.machines.Instance(context.WithoutCancel(ctx), *u.seen)
	}
	return u.c.machines.Read(context.WithoutCancel(ctx), machine.Key{ID: have.ID, MoRef: u.vm.Self.Value})
}

// reconfigure sends the change. Where no power operation follows, the result is read along with the task.
func (u *serverUpdate) reconfigure(ctx context.Context, name string, spec types.VirtualMachineConfigSpec) error {
	e := &wire.TaskRun{Kind: "ReconfigVM_Task"}
	if machine.PowerState(u.vm.Runtime.PowerState) == u.want.PowerState {
		e.Along = &property.Query{Object: u.vm.Self, Paths: machine.SeenPaths}
	}
	if err := u.c.machines.Amend(ctx, e, u.vm, spec); err != nil {
		return faults.Explain("reconfiguring "+name, err)
	}
	u.seen = e.Machine(func(vm mo.VirtualMachine) bool { return vm.Config.ChangeVersion != u.vm.Config.ChangeVersion })
	return nil
}

// insert uploads the config drive of an instance that has never run, and adds it to the change.
func (u *serverUpdate) insert(ctx context.Context, have openstack.Server, ch *change) error {
	iso, err := u.want.Drive(have)
	if err != nil {
		return fmt.Errorf("making the config drive of %s: %w", have.Name, err)
	}
	file, store, err := u.c.uploadISO(ctx, u.vm, iso)
	if err != nil {
		return err
	}
	ch.spec.DeviceChange = append(ch.spec.DeviceChange, hardware.ConfigDrive(u.vm.Config.Hardware.Device, file, store)...)
	return nil
}

// power brings the VM to the wanted power state.
func (u *serverUpdate) power(ctx context.Context) error {
	from := machine.PowerState(u.vm.Runtime.PowerState)
	if from == u.want.PowerState || u.want.PowerState == "" {
		return nil
	}
	if u.seen = nil; u.want.PowerState != openstack.Active {
		return u.c.machines.Power(ctx, u.vm, from, u.want.PowerState)
	}
	e := &wire.TaskRun{Kind: "PowerOnVM_Task", Along: &property.Query{Object: u.vm.Self, Paths: machine.SeenPaths}}
	err := u.c.machines.PowerOnAlong(ctx, e, u.vm)
	u.seen = e.Machine(func(vm mo.VirtualMachine) bool {
		return vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
	})
	return err
}

// look reads the VM, moves it where the update asks for it, and computes what must be done.
func (u *serverUpdate) look(ctx context.Context) (have openstack.Server, ch change, err error) {
	vm, err := u.read(ctx)
	if err != nil { // startAgain needs the VM as read before
		return have, ch, err
	}
	u.vm = vm
	if have, err = u.c.machines.InstanceOf(ctx, u.vm); err == nil {
		err = machine.CheckRescued(have)
	}
	if err != nil {
		return have, ch, err
	}
	if u.want.Flavor.ID == "" {
		u.want.Flavor = have.Flavor
	}
	if u.want.PowerState == "" {
		u.want.PowerState = have.PowerState // fixed here, so that a later look keeps it
	}
	if vm, have, err = u.c.moved(ctx, vm, have, u.want); err != nil {
		return have, ch, err
	}
	u.vm = vm
	ch, err = u.c.change(ctx, u.specs, u.vm, have, u.want)
	if u.evc != nil {
		ch.evc = nil
	}
	if err == nil {
		err = machine.CheckGrowth(u.vm, ch.spec)
	}
	if err == nil && u.was == nil {
		u.was = &ch.was
	}
	return have, ch, err
}

// read returns the VM as it is.
func (u *serverUpdate) read(ctx context.Context) (mo.VirtualMachine, error) {
	if seen := u.seen; seen != nil {
		u.seen = nil
		return u.c.machines.Effective(ctx, *seen)
	}
	return u.c.machines.VM(ctx, u.key, machine.WholePaths)
}

// mustStop reports whether the change needs the VM off and it is not. A VM that is to be off anyway is stopped first, so that what was
// pending for it is written too.
func (u *serverUpdate) mustStop(ch change) bool {
	switch {
	case machine.IsOff(u.vm):
		return false
	case machine.Off(u.want.PowerState):
		return !ch.empty() || machine.Owes(u.vm)
	}
	return !ch.empty() && ch.cold(*u.vm.Config)
}

// stop turns the VM off, once. If it runs again after that, another client has started it, and is not overruled.
func (u *serverUpdate) stop(ctx context.Context) (err error) {
	if u.stopped && !u.unheard {
		u.stopped = false
		return fmt.Errorf("%s was told to stop for this change, and runs: somebody else has started it again. It keeps running and is "+
			"unchanged; apply again", u.vm.Name)
	}
	u.stopped = u.vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
	u.seen, err = u.c.machines.Stop(ctx, u.vm, true)
	var still *machine.StillStoppingError
	u.stops, u.unheard = errors.As(err, &still), faults.OutcomeUnknown(err)
	u.stopped = u.stopped && !wire.HeldThroughout(err) && !errors.Is(err, openstack.ErrNotBegun)
	return err
}

// stage does one thing that no reconfigure can. Each increases changeVersion, so the VM is read in between.
func (u *serverUpdate) stage(ctx context.Context, name string, ch change) error {
	if ch.version != "" {
		return u.c.inventory.Upgrade(ctx, u.vm.Self, name, ch.version)
	}
	err := u.c.inventory.ApplyEVCMode(ctx, u.vm.Self, name, *ch.evc)
	if err == nil {
		u.evc = ch.evc
	}
	return err
}

// startPatience is how long starting a VM may take after its change was refused, when the operation's own time may be over.
const startPatience = 5 * time.Minute

// startAgain starts a VM that was stopped for a change that failed. An interrupt does not keep it off.
func (u *serverUpdate) startAgain(ctx context.Context) error {
	if !u.stopped {
		return nil
	}
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), startPatience)
	defer stop()
	if u.stops { // it cannot be started before it is off, and would go off afterwards
		if _, err := u.c.machines.ShutDown(end, u.vm); errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("%s was told to shut down for this change, and still runs; should it stop now, start it, or apply again", u.vm.Name)
		}
	}
	untold := u.refreshGuestNetwork(end)
	if err := u.c.machines.PowerOn(end, u.vm); err != nil && !errors.Is(err, openstack.ErrNotFound) {
		return fmt.Errorf("%s was shut down for this change and is off now: start it, or apply again (%w)", u.vm.Name, err)
	}
	return untold
}

// refreshGuestNetwork writes a guest's guestinfo again before it is started: vCenter may have lost it at power-off.
func (u *serverUpdate) refreshGuestNetwork(ctx context.Context) error {
	if vm, err := u.c.machines.VM(ctx, u.key, machine.WholePaths); err == nil && machine.IsOff(vm) {
		if err := u.c.machines.RefreshGuestNetwork(ctx, vm); err != nil {
			return faults.Explain("telling the guest of "+vm.Name+" anew before it was started again", err)
		}
	}
	return nil
}
