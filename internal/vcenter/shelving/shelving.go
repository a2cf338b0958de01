// SPDX-License-Identifier: MPL-2.0

// Package shelving puts instances away, and brings them back, as Nova's driver does.
package shelving

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Shelving is access to one vCenter. Use New.
type Shelving struct {
	wire     *wire.Conn
	machines *machine.Machines
}

// New returns access over a connection.
func New(c *wire.Conn, machines *machine.Machines) *Shelving { return &Shelving{c, machines} }

// Shelve turns an instance off, gently where its VMware Tools run, and records that it is put away: what power_state =
// "shelved_offloaded" does. One that is shelved stays so, and one that was stopped for a call that was killed is not stopped again.
func (c *Shelving) Shelve(ctx context.Context, id string, tell machine.Telling) error {
	told := false
	return c.untilFresh(ctx, func() error {
		vm, s, err := c.shelvable(ctx, id)
		if err != nil {
			return err
		}
		if s.PowerState == openstack.Shelved {
			tell("%s is shelved", s.Name)
			return nil
		}
		if !machine.IsOff(vm) {
			if told {
				return fmt.Errorf("%s was shut off to be shelved, and runs: somebody else has started it again, and it is not shelved", s.Name)
			}
			told = true
			tell("%s is shut off", s.Name)
			if vm, err = c.stopped(ctx, vm); err != nil {
				return err
			}
		}
		if err := c.recordShelved(ctx, vm, true, nil); err != nil {
			return fmt.Errorf("%s is off, and not recorded as shelved yet: shelve it again (%w)", s.Name, err)
		}
		tell("%s is shelved", s.Name)
		return nil
	})
}

// notSuspended refuses to bring a suspended instance back, which was not put away.
func notSuspended(s openstack.Server) error {
	if s.PowerState != openstack.Suspended {
		return nil
	}
	return openstack.AttributeErrorf("instance_id", "%s is suspended, and not shelved: have it resumed with power_state = \"active\"", s.Name)
}

// Unshelve starts a shelved instance, after what its guest is told was made up to date. One that runs stays as it is, and one that is only
// off is started, as after a call that was killed.
func (c *Shelving) Unshelve(ctx context.Context, id string, tell machine.Telling) error {
	return c.untilFresh(ctx, func() error {
		vm, s, err := c.shelvable(ctx, id)
		if err == nil {
			err = notSuspended(s)
		}
		if err != nil {
			return err
		}
		if s.PowerState == openstack.Active {
			tell("%s runs", s.Name)
			if !recordedShelved(vm) {
				return nil
			}
			return c.recordShelved(ctx, vm, false, nil)
		}
		again := machine.Retold(machine.RecordsOn(vm.Config), s)
		if s.PowerState == openstack.Shelved || len(again) > 0 || machine.Owes(vm) {
			if err := c.recordShelved(ctx, vm, false, again); err != nil {
				return err
			}
		}
		tell("%s is started", s.Name)
		return c.machines.PowerOn(ctx, vm)
	})
}

// unheardError is returned where the write of a record got no answer.
type unheardError struct{ error }

// Unwrap returns the cause.
func (e *unheardError) Unwrap() error { return e.error }

// untilFresh repeats what was refused because somebody else has changed the VM since it was read, and a record's write that got no answer:
// it bears the changeVersion that it was computed from, and is not sent where a look shows that it was done.
func (c *Shelving) untilFresh(ctx context.Context, act func() error) error {
	ctx, end := c.wire.BeginOperation(ctx)
	defer end()
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 1; ; attempt++ {
		err := act()
		unheard := (*unheardError)(nil)
		if !faults.Stale(err) && !errors.As(err, &unheard) || attempt == retry.WriteAttempts || !tries.Wait(ctx) {
			return err
		}
	}
}

// shelvable reads an instance that is to be shelved or brought back.
func (c *Shelving) shelvable(ctx context.Context, id string) (mo.VirtualMachine, openstack.Server, error) {
	vm, s, err := c.machines.Actable(ctx, id)
	if err == nil && machine.RecordsOn(vm.Config)[machine.RecordKey] == "" {
		err = openstack.AttributeErrorf("instance_id", "%s was imported and has no record yet, which is where a shelved instance is told from "+
			"one that is off: apply any change of it first, for example of its metadata", s.Name)
	}
	return vm, s, err
}

// stopped turns a VM off, gently, and returns it as it then is.
func (c *Shelving) stopped(ctx context.Context, vm mo.VirtualMachine) (mo.VirtualMachine, error) {
	off, err := c.machines.Stop(ctx, vm, true)
	switch {
	case err != nil:
		return vm, err
	case off != nil:
		return c.machines.Effective(ctx, *off)
	}
	return c.machines.VM(ctx, machine.Key{ID: machine.InstanceID(vm), MoRef: vm.Self.Value}, machine.WholePaths)
}

// recordedShelved reports whether the record of a VM says that it is shelved, whether it is off or not.
func recordedShelved(vm mo.VirtualMachine) bool {
	var r machine.Record
	return json.Unmarshal([]byte(machine.RecordsOn(vm.Config)[machine.RecordKey]), &r) == nil && r.Shelved
}

// recordShelved writes whether a VM is shelved into its record, together with more parameters.
func (c *Shelving) recordShelved(ctx context.Context, vm mo.VirtualMachine, shelved bool, more map[string]string) error {
	var r machine.Record
	if err := json.Unmarshal([]byte(machine.RecordsOn(vm.Config)[machine.RecordKey]), &r); err != nil {
		return fmt.Errorf("the record %s of VM %s cannot be read: %w", machine.RecordKey, vm.Name, err)
	}
	if r.Shelved != shelved {
		r.Shelved, r.Updated = shelved, time.Now().UTC().Truncate(time.Second)
	}
	keys := records.Diff{}
	maps.Copy(keys, more)
	keys[machine.RecordKey] = r.Text()
	err := c.machines.Amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, types.VirtualMachineConfigSpec{ExtraConfig: keys.Options()})
	if errors.Is(err, wire.ErrInterrupted) {
		return nil // it is done
	}
	if faults.OutcomeUnknown(err) {
		return &unheardError{err}
	}
	return err
}
