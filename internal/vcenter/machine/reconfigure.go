// SPDX-License-Identifier: MPL-2.0

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

// Texts that errors add about a record that could not be written.
const (
	writtenLate   = "its record is in the catalogue, but not marked as complete: apply again, which only completes it"
	refusesToHave = "this vCenter does not take its record while it runs, and the catalogue could not take it instead, so nothing was changed"
)

// Amend changes a VM as it was read, guarded by its changeVersion. Parameters outside guestinfo. are part of the reconfigure where
// vCenter accepts them; one refused call tells that it does not. Then the VM is changed without them, and they wait in the catalogue
// until it is off. Guestinfo written while the VM runs is noted too: vCenter may lose it at power-off.
func (c *Machines) Amend(ctx context.Context, e *wire.TaskRun, vm mo.VirtualMachine, spec types.VirtualMachineConfigSpec) error {
	have, running := Parameters(vm), !IsOff(vm)
	from, hint := basisOf(have), hinted(have[hintKey], InstanceID(vm))
	if from.token != "" && !running { // what is written to the VM for good is read once more
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
	delete(own, tokenKey) // never on a VM
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
		// a record that stays has no effect, and goes with the next change
		_ = c.setPending(context.WithoutCancel(ctx), InstanceID(vm), basis{token: p.Token}, nil)
	}
	return err
}

// amendment is one change of a VM by Amend.
type amendment struct {
	c          *Machines
	e          *wire.TaskRun
	vm         mo.VirtualMachine // as read, with its pending parameters
	spec       types.VirtualMachineConfigSpec
	own, guest map[string]string
	from       basis
	was        *pending          // the pending parameters that count; nil: none
	owed       map[string]string // their keys and values
}

// whole sends the change with everything that the VM must have.
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

// apart writes what the VM cannot take into the catalogue, changes the VM, and marks the record as complete. If the change is refused,
// it restores the record.
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
		_ = a.c.setPending(after, id, mine, a.was) // a record that stays is not complete, and has no effect
	}
	return err
}
