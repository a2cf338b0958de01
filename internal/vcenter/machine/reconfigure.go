package machine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// What an error adds to a record that could not be written.
const (
	writtenLate   = "its record is in the catalogue, but not marked as complete: apply again, which only completes it"
	refusesToHave = "this vCenter does not take its record while it runs, and the catalogue could not take it instead, so nothing was changed"
)

// Amend changes a machine as it was read, guarded by its changeVersion. What this sets outside guestinfo. goes along where the vCenter
// takes it; else the machine is changed without it, and it waits in the catalogue until the machine is off. Which it is, one refused call
// tells. What a guest is told while it runs is noted too: a vCenter may forget it with the power.
func (c *Machines) Amend(ctx context.Context, e *wire.TaskRun, vm mo.VirtualMachine, spec types.VirtualMachineConfigSpec) error {
	have, running := Parameters(vm), !IsOff(vm)
	from, hint := basisOf(have), hinted(have[hintKey], InstanceID(vm))
	if from.token != "" && !running { // what goes into the machine for good is looked at once more
		hint = looksAgain
	}
	p, err := c.pendingOf(ctx, InstanceID(vm), hint)
	if err != nil {
		return err
	}
	if !from.still(p) {
		return faults.StaleRecord()
	}
	own, guest := parted(spec.ExtraConfig)
	delete(own, tokenKey) // it is on no machine
	maps.Copy(own, noted(have, guest, running))
	counts := from.token != ""
	a := amendment{c: c, e: e, vm: vm, spec: spec, own: own, guest: guest, from: from}
	if counts {
		a.was, a.owed = &p, p.owed(have)
	}
	if running && (counts || len(own) > 0 && c.refusing.Load()) {
		return a.apart(ctx)
	}
	err = a.whole(ctx)
	if running && len(own) > 0 && faults.Is[*types.InvalidPowerState](err) {
		if err = a.apart(ctx); err == nil || errors.Is(err, wire.ErrInterrupted) {
			c.refusing.Store(true)
		}
		return err
	}
	if err == nil && p.Generation > 0 && (!running || !counts) {
		logging.VCenter.Info(ctx, "a pending record is taken up", "name", vm.Name, "object", vm.Self.Value,
			"reason", "the machine has it by now")
		// one that stays counts for nothing, and goes with the next change
		_ = c.setPending(context.WithoutCancel(ctx), InstanceID(vm), basis{token: p.Token}, nil)
	}
	return err
}

// amendment is one change of a machine by amend.
type amendment struct {
	c          *Machines
	e          *wire.TaskRun
	vm         mo.VirtualMachine // as it was read, with what is pending
	spec       types.VirtualMachineConfigSpec
	own, guest map[string]string
	from       basis
	was        *pending          // that counts; nil: none
	owed       map[string]string // its parameters
}

// whole sends the change with everything that the machine is to have.
func (a amendment) whole(ctx context.Context) error {
	all := maps.Clone(a.own)
	if IsOff(a.vm) && a.was != nil {
		all = maps.Clone(a.owed)
		maps.Copy(all, a.own)
		all[generationKey] = strconv.FormatInt(a.from.generation+1, 10)
		all[hintKey] = ""
	}
	maps.Copy(all, a.guest)
	return a.send(ctx, all)
}

func (a amendment) send(ctx context.Context, keys map[string]string) error {
	spec := a.spec
	spec.ChangeVersion, spec.ExtraConfig = a.vm.Config.ChangeVersion, records.Diff(keys).Options()
	return a.c.wire.ReconfigureWith(ctx, a.e, a.vm.Self, spec)
}

// apart writes into the catalogue what the machine cannot be given, changes the machine, and marks the record as complete. A change that
// was refused leaves it as it was.
func (a amendment) apart(ctx context.Context) error {
	id := InstanceID(a.vm)
	next := pending{Generation: a.from.generation + 1, Token: uuid.NewString() + underwayMark, Keys: maps.Clone(a.own), Underway: true,
		Before: a.owed}
	for key, value := range a.owed {
		if _, set := next.Keys[key]; !set {
			next.Keys[key] = value
		}
	}
	if err := a.c.setPending(ctx, id, a.from, &next); err != nil {
		if faults.Stale(err) {
			return err
		}
		return fmt.Errorf("%s: %w", refusesToHave, err)
	}
	logging.VCenter.Info(ctx, "a record is made pending", "name", a.vm.Name, "object", a.vm.Self.Value, "reason",
		"the vCenter does not take it while the machine runs: it waits in the catalogue")
	guest := maps.Clone(a.guest)
	guest[hintKey] = id + "/" + strings.TrimSuffix(next.Token, underwayMark)
	err := a.send(ctx, guest)
	after, mine := context.WithoutCancel(ctx), basis{token: next.Token}
	switch {
	case err == nil, errors.Is(err, wire.ErrInterrupted):
		next.Underway, next.Before, next.Token = false, nil, strings.TrimSuffix(next.Token, underwayMark)
		if late := a.c.setPending(after, id, mine, &next); faults.Stale(late) {
			return late
		} else if late != nil {
			return errors.Join(err, fmt.Errorf("%s is changed, and %s (%w)", a.vm.Name, writtenLate, late))
		}
	case faults.DefiniteFault(err), errors.Is(err, openstack.ErrNotBegun), wire.HeldThroughout(err):
		logging.VCenter.Info(ctx, "a pending record is given up", "name", a.vm.Name, "object", a.vm.Self.Value, "reason",
			"the change that it goes with was refused or not begun")
		_ = a.c.setPending(after, id, mine, a.was) // one that stays is not complete, and counts for nothing
	}
	return err
}
