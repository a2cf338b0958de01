// SPDX-License-Identifier: MPL-2.0

package records

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

func newStore(c *Stores) *Store {
	return &Store{c: c, name: catalogueName, what: "flavors, key pairs, security groups, routers"}
}

// Update applies change to the records and writes them, all or nothing. Concurrent changes go in one write; a stale one is read and
// applied again. change may be called several times and must depend only on its argument. The caller knows of a record, so a missing
// holder is an error, and no empty one is made.
func (k *Store) Update(ctx context.Context, change func(Set) error) error {
	return k.put(ctx, writing{change: change})
}

// Claim is Update for a new record: it makes the holder if there is none.
func (k *Store) Claim(ctx context.Context, change func(Set) error) error {
	return k.put(ctx, writing{change, true})
}

func (k *Store) put(ctx context.Context, w writing) error {
	k.once.Do(func() { k.writes.Do, k.writes.Changes = k.write, true })
	_, err := k.writes.Ask(ctx, w)
	return err
}

// Gathering reports whether a change waits for others, or is being written with them.
func (k *Store) Gathering() bool { return k.writes.Gathering() }

// write carries out changes in one reconfigure. A reconfigure whose answer was lost may have arrived, or may still do so: the next read
// shows it, and it is safe to repeat, since changeVersion lets only one of the two through.
func (k *Store) write(ctx context.Context, changes []writing) []wire.Outcome[struct{}] {
	k.turn.Lock()
	defer k.turn.Unlock()
	var unheard Diff
	var promised []wire.Outcome[struct{}]
	tries := retry.Backoff{Longest: retry.LongestRace}
	// A transient refusal is waited for: no later apply would write, for example, the record of an instance destroyed by then.
	again := retry.OrTransient(func(err error) bool {
		return faults.Stale(err) || k.passing && faults.Is[*types.ManagedObjectNotFound](err)
	})
	for attempt := 0; ; attempt++ {
		held, err := k.current(ctx, attempt > 0, slices.ContainsFunc(changes, func(w writing) bool { return w.claims }))
		if err != nil {
			return wire.AllFailed[struct{}](len(changes), err)
		}
		if unheard.appliedTo(held.raw) {
			return promised
		}
		changed, out := held.apply(k.path(), changes)
		if len(changed) > 0 && k.Sweep != nil {
			k.Sweep(Set{k.path(), held.contents, changed})
		}
		err = k.save(ctx, held, changed)
		if attempt < retry.WriteAttempts && faults.OutcomeUnknown(err) {
			unheard, promised = changed, out
			tries.Wait(ctx)
			continue
		}
		if attempt < retry.WriteAttempts && again(err) && tries.Wait(ctx) {
			logging.VCenter.Info(ctx, "records are read anew", "name", k.path(), "object", held.vm.Value,
				"reason", faults.Outcome(err))
			continue
		}
		if err != nil {
			k.forget()
			return wire.AllFailed[struct{}](len(changes), k.gone(faults.Explain("writing the catalogue", err)))
		}
		return out
	}
}

// apply returns the difference that the changes make, leaving out those that return an error.
func (h *snapshot) apply(path string, changes []writing) (changed Diff, out []wire.Outcome[struct{}]) {
	out = make([]wire.Outcome[struct{}], len(changes))
	changed = Diff{}
	for i, w := range changes {
		trial := Set{path, h.contents, maps.Clone(changed)}
		switch {
		case h.fresh && !w.claims:
			out[i].Err = fmt.Errorf("%w: it was made anew a moment ago", ErrNoStore)
		default:
			out[i].Err = w.change(trial)
		}
		if out[i].Err == nil {
			changed = trial.changes
		}
	}
	maps.DeleteFunc(changed, func(key, text string) bool { return h.raw[key] == text })
	return changed, out
}

// current returns the records to change. It makes the holder if there is none and mayMake is set, and reads it again if the last try met
// another client's write.
func (k *Store) current(ctx context.Context, again, mayMake bool) (*snapshot, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var err error
	switch {
	case k.held != nil && !again && !k.held.closed:
		return k.held, nil
	case k.held != nil:
		k.held, err = k.readHolder(ctx, k.held.vm)
		if !k.passing || err == nil && !k.held.closed || err != nil && !errors.Is(err, ErrNoStore) {
			break
		}
		fallthrough
	default:
		if k.held, err = k.fetch(ctx); errors.Is(err, ErrNoStore) && mayMake {
			k.held, err = k.make(ctx, k.held)
		}
	}
	if k.turns++; err != nil {
		k.held = nil
	}
	return k.held, err
}

// save writes the difference, and reads the holder for its new version.
func (k *Store) save(ctx context.Context, held *snapshot, changed Diff) error {
	if len(changed) == 0 {
		return nil
	}
	vim, err := k.c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = k.c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
		res, err := methods.ReconfigVM_Task(ctx, vim, &types.ReconfigVM_Task{This: held.vm,
			Spec: types.VirtualMachineConfigSpec{ChangeVersion: held.version, ExtraConfig: changed.Options()}})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if err != nil {
		return err
	}
	k.c.written.Add(1)
	now, err := k.readHolder(ctx, held.vm)
	if k.passing && (errors.Is(err, ErrNoStore) || err == nil && now.closed) {
		k.forget() // another client has dropped the last record and retired the holder since
		return nil
	}
	if err != nil {
		return err
	}
	k.know(now)
	return nil
}

// make creates the holder VM. Its name is unique in its folder, so that of two processes making it at once one finds the other's, and a
// call whose answer was lost may be repeated.
func (k *Store) make(ctx context.Context, leaving *snapshot) (*snapshot, error) {
	if err := k.remove(ctx, leaving); err != nil {
		return nil, err
	}
	folder, err := k.c.placer.Folder(ctx, Folder, true)
	if err != nil {
		return nil, err
	}
	place, err := k.c.placer.Place(ctx)
	if err != nil {
		return nil, err
	}
	vim, err := k.c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	err = retry.Once(func() error {
		_, err := k.c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
			res, err := methods.CreateVM_Task(ctx, vim, &types.CreateVM_Task{This: folder, Pool: place.Pool, Host: place.Host,
				Config: k.holderSpec(place.Datastore)})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
		return err
	})
	fresh := err == nil
	if err != nil && !faults.Is[*types.DuplicateName](err) {
		return nil, faults.Explain("making the catalogue VM "+k.path(), err)
	}
	held, err := k.fetch(ctx)
	if err == nil {
		held.fresh = fresh
	}
	return held, err
}

func (k *Store) holderSpec(datastore string) types.VirtualMachineConfigSpec {
	return types.VirtualMachineConfigSpec{
		Name: k.name, GuestId: string(types.VirtualMachineGuestOsIdentifierOtherGuest), NumCPUs: 1, MemoryMB: 128,
		Files: &types.VirtualMachineFileInfo{VmPathName: "[" + datastore + "]"},
		Annotation: "Records of terraform-provider-novasphere (" + k.what + ") in the advanced parameters of this VM.\n" +
			"Never power it on, edit, move or delete it.",
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: MarkKey, Value: MarkText(k.c.Mark(k.name))}},
	}
}
