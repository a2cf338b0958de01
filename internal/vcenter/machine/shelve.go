package machine

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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Telling takes lines about what an action is doing.
type Telling = func(format string, args ...any)

// Shelve turns an instance off, gently where its VMware Tools run, and records that it is put away: what power_state =
// "shelved_offloaded" does. One that is shelved stays so, and one that was stopped for a call that was killed is not stopped again.
func (c *Machines) Shelve(ctx context.Context, id string, tell Telling) error {
	told := false
	return c.untilFresh(ctx, func() error {
		vm, s, err := c.shelvable(ctx, id)
		if err != nil {
			return err
		}
		if s.PowerState == openstack.Shelved {
			if !told {
				tell("%s is shelved", s.Name)
			}
			return nil
		}
		if !IsOff(vm) {
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
func (c *Machines) Unshelve(ctx context.Context, id string, tell Telling) error {
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
		again := Retold(RecordsOn(vm.Config), s)
		if s.PowerState == openstack.Shelved || len(again) > 0 || Owes(vm) {
			if err := c.recordShelved(ctx, vm, false, again); err != nil {
				return err
			}
		}
		tell("%s is started", s.Name)
		return c.PowerOn(ctx, vm)
	})
}

// untilFresh repeats what was refused because somebody else has changed the VM since it was read.
func (c *Machines) untilFresh(ctx context.Context, act func() error) error {
	ctx, end := c.wire.BeginOperation(ctx)
	defer end()
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 1; ; attempt++ {
		if err := act(); !faults.Stale(err) || attempt == retry.WriteAttempts || !tries.Wait(ctx) {
			return err
		}
	}
}

// shelvable reads an instance that is to be shelved or brought back.
func (c *Machines) shelvable(ctx context.Context, id string) (mo.VirtualMachine, openstack.Server, error) {
	vm, s, err := c.Managed(ctx, Key{ID: id})
	if err == nil {
		err = CheckActable(s)
	}
	if err == nil && RecordsOn(vm.Config)[RecordKey] == "" {
		err = openstack.AttributeErrorf("instance_id", "%s was imported and has no record yet, which is where a shelved instance is told from "+
			"one that is off: apply any change of it first, for example of its metadata", s.Name)
	}
	return vm, s, err
}

// stopped turns a VM off, gently, and returns it as it then is.
func (c *Machines) stopped(ctx context.Context, vm mo.VirtualMachine) (mo.VirtualMachine, error) {
	off, err := c.Stop(ctx, vm, true)
	switch {
	case err != nil:
		return vm, err
	case off != nil:
		return c.Effective(ctx, *off)
	}
	return c.VM(ctx, Key{ID: InstanceID(vm), MoRef: vm.Self.Value}, WholePaths)
}

// recordedShelved reports whether the record of a VM says that it is shelved, whether it is off or not.
func recordedShelved(vm mo.VirtualMachine) bool {
	var r Record
	return json.Unmarshal([]byte(RecordsOn(vm.Config)[RecordKey]), &r) == nil && r.Shelved
}

// recordShelved writes whether a VM is shelved into its record, together with more parameters.
func (c *Machines) recordShelved(ctx context.Context, vm mo.VirtualMachine, shelved bool, more map[string]string) error {
	var r Record
	if err := json.Unmarshal([]byte(RecordsOn(vm.Config)[RecordKey]), &r); err != nil {
		return fmt.Errorf("the record %s of VM %s cannot be read: %w", RecordKey, vm.Name, err)
	}
	if r.Shelved != shelved {
		r.Shelved, r.Updated = shelved, time.Now().UTC().Truncate(time.Second)
	}
	keys := records.Diff{}
	maps.Copy(keys, more)
	keys[RecordKey] = r.Text()
	err := c.Amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, types.VirtualMachineConfigSpec{ExtraConfig: keys.Options()})
	if errors.Is(err, wire.ErrInterrupted) {
		return nil // it is done
	}
	return err
}
