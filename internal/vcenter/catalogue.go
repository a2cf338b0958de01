package vcenter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

const (
	catalogueFolder = "novasphere"
	catalogueName   = "novasphere-catalogue"
	closedKey       = recordPrefix + "closed" // on a holder that nobody may write to any more, because it is being removed
)

// ErrNoCatalogue says that the VM which holds the records is not there.
var ErrNoCatalogue = openstack.ErrNoRecords

// ErrClosed is ErrNoCatalogue of a holder that is there and held nothing any more when it was closed: its removal has not come to its end.
var ErrClosed = fmt.Errorf("%w: it held nothing any more", ErrNoCatalogue)

// Catalogue keeps the nouns that vCenter does not have (flavors, key pairs, subnets, ports) as records in the extraConfig of a
// small VM without disks that is never powered on, its holder. One property read returns all of them; a write is one reconfigure
// guarded by changeVersion.
type Catalogue struct {
	c    *Client
	name string // of the holder VM
	what string // what its records are, for people who look at the VM

	sweep func(Records) // adds to a change what goes along with it; nil: nothing

	passing bool // its holder goes with its last record, whoever removes that, and comes back with the next

	once   sync.Once
	writes wire.Batch[writing, struct{}]
	turn   sync.Mutex // one write at a time

	mu      sync.Mutex
	held    *holding
	there   bool     // it was seen, and has not been removed since
	none    bool     // it was looked for and is not there, as far as who only glances is concerned
	leaving *holding // one that is closed, and that nobody has removed yet
	turns   int      // how often held has changed: what was read before the last of them says nothing new

	decoded sync.Map // what was decoded of the records, for every book of them
}

// holding is the catalogue as last seen or written by this process.
type holding struct {
	*book
	vm      ref
	version string
	closed  bool // empty, and on its way out
	fresh   bool // made by this very write: whoever knows a record in it has lost it
}

func newCatalogue(c *Client) *Catalogue {
	return &Catalogue{c: c, name: catalogueName, what: "flavors, key pairs, security groups, routers"}
}

// path is the holder's, below the datacenter's VM folder.
func (k *Catalogue) path() string { return catalogueFolder + "/" + k.name }

func (h *holding) view(path string) Records { return Records{holder: path, book: h.book} }

// View gives the records as this process knows them, reading them when it has not yet. ErrNoCatalogue where there are none.
func (k *Catalogue) View(ctx context.Context) (Records, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held == nil {
		held, err := k.fetch(ctx)
		if err != nil {
			return Records{}, err
		}
		k.held = held
		k.turns++
	}
	return k.held.view(k.path()), nil
}

// Fresh gives the records as they are now, whatever this process knows of them. Those who ask together ask once.
func (k *Catalogue) Fresh(ctx context.Context) (Records, error) {
	k.mu.Lock()
	held := k.held
	k.mu.Unlock()
	if held == nil {
		return k.View(ctx)
	}
	now, err := k.readHolder(ctx, held.vm)
	if err != nil {
		return Records{}, err
	}
	return now.view(k.path()), nil
}

// glance gives the records as this process knows them, or as they are now; none where there is no holder, which is found out once.
func (k *Catalogue) glance(ctx context.Context, now bool) (Records, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held == nil && k.none && !now {
		return Records{holder: k.path(), book: newBook(nil)}, nil
	}
	if k.held == nil || now {
		held, err := k.again(ctx)
		if k.none = errors.Is(err, ErrNoCatalogue); err != nil && !k.none {
			return Records{}, err
		}
		k.turns++
		if k.held = held; k.none {
			k.held = nil
			return Records{holder: k.path(), book: newBook(nil)}, nil
		}
		k.there, held.decoded = true, &k.decoded
	}
	return k.held.view(k.path()), nil
}

// again reads the holder, which is looked for where it is not known.
func (k *Catalogue) again(ctx context.Context) (*holding, error) {
	if k.held == nil {
		return k.fetch(ctx)
	}
	return k.readHolder(ctx, k.held.vm)
}

// fetch finds the holder VM and reads it. ErrNoCatalogue where there is none.
func (k *Catalogue) fetch(ctx context.Context) (*holding, error) {
	dc, err := k.c.places.datacenter(ctx)
	if err != nil {
		return nil, err
	}
	vim, err := k.c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	found, err := wire.FindByPath(ctx, vim, dc.kept+"/vm/"+k.path())
	if err != nil {
		return nil, wire.Explain("looking for the catalogue", err)
	}
	if found == nil || found.Type != "VirtualMachine" {
		return nil, fmt.Errorf("%w: no VM %s in datacenter %s", ErrNoCatalogue, k.path(), dc.Name)
	}
	held, err := k.readHolder(ctx, *found)
	if err == nil && held.closed {
		return held, fmt.Errorf("%w: VM %s in datacenter %s is being removed", ErrClosed, k.path(), dc.Name)
	}
	return held, err
}

func (k *Catalogue) readHolder(ctx context.Context, vm ref) (*holding, error) {
	holder, err := wire.Read[mo.VirtualMachine](ctx, k.c.wire, vm, []string{"config.extraConfig", "config.changeVersion"})
	if err != nil {
		return nil, k.gone(wire.Explain("reading the catalogue", err))
	}
	if holder.Config == nil {
		return nil, fmt.Errorf("the catalogue VM %s is there, but vCenter does not show its configuration: check that its host is connected and that this user may read it", k.path())
	}
	held := holdingOf(holder)
	held.decoded = &k.decoded
	return held, nil
}

// writing is a change of the records that waits to be written.
type writing struct {
	change func(Records) error
	claims bool // it may be the first ever: the catalogue is made where there is none
}

// Update carries out change on the records and writes them, all or nothing. Changes of the same moment go in one write; a
// stale one is read and applied again. The change may be called several times and must only look at what it is given.
// Who updates knows a record: where the catalogue is missing that is an error, and no empty one is made.
func (k *Catalogue) Update(ctx context.Context, change func(Records) error) error {
	return k.put(ctx, writing{change: change})
}

// Claim is Update for a record that is new.
func (k *Catalogue) Claim(ctx context.Context, change func(Records) error) error {
	return k.put(ctx, writing{change, true})
}

func (k *Catalogue) put(ctx context.Context, w writing) error {
	k.once.Do(func() { k.writes.Do, k.writes.Changes = k.write, true })
	_, err := k.writes.Ask(ctx, w)
	return err
}

// write carries out changes in one reconfigure. One whose answer was lost may have arrived, or may still: it is looked for
// in what is read next, and is safe to do again, because changeVersion lets only one of the two through.
func (k *Catalogue) write(ctx context.Context, changes []writing) []wire.Outcome[struct{}] {
	k.turn.Lock()
	defer k.turn.Unlock()
	var unheard difference
	var promised []wire.Outcome[struct{}]
	tries := wire.Backoff{Longest: wire.LongestRace}
	for attempt := 0; ; attempt++ {
		held, err := k.current(ctx, attempt > 0, slices.ContainsFunc(changes, func(w writing) bool { return w.claims }))
		if err != nil {
			return wire.AllFailed[struct{}](len(changes), err)
		}
		if unheard.in(held.raw) {
			return promised
		}
		changed, out := held.apply(k.path(), changes)
		if len(changed) > 0 && k.sweep != nil {
			k.sweep(Records{k.path(), held.book, changed})
		}
		err = k.save(ctx, held, changed)
		if attempt < wire.WriteAttempts && wire.OutcomeUnknown(err) {
			unheard, promised = changed, out
			tries.Wait(ctx)
			continue
		}
		if attempt < wire.WriteAttempts && (wire.IsFault[*types.ConcurrentAccess](err) || k.passing && wire.IsFault[*types.ManagedObjectNotFound](err)) && tries.Wait(ctx) {
			continue
		}
		if err != nil {
			k.forget()
			return wire.AllFailed[struct{}](len(changes), k.gone(wire.Explain("writing the catalogue", err)))
		}
		return out
	}
}

// apply gives what is different after those of the changes that were content with the records.
func (h *holding) apply(path string, changes []writing) (changed difference, out []wire.Outcome[struct{}]) {
	out = make([]wire.Outcome[struct{}], len(changes))
	changed = difference{}
	for i, w := range changes {
		trial := Records{path, h.book, maps.Clone(changed)}
		switch {
		case h.fresh && !w.claims:
			out[i].Err = fmt.Errorf("%w: it was made anew a moment ago", ErrNoCatalogue)
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

// current is the catalogue to change: made when it is missing and may be, read again where the last try met somebody else's
// write.
func (k *Catalogue) current(ctx context.Context, again, mayMake bool) (*holding, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var err error
	switch {
	case k.held != nil && !again && !k.held.closed:
		return k.held, nil
	case k.held != nil:
		k.held, err = k.readHolder(ctx, k.held.vm)
		if !k.passing || err == nil && !k.held.closed || err != nil && !errors.Is(err, ErrNoCatalogue) {
			break
		}
		fallthrough
	default:
		if k.held, err = k.fetch(ctx); errors.Is(err, ErrNoCatalogue) && mayMake {
			k.held, err = k.make(ctx, k.held)
		}
	}
	if k.turns++; err != nil {
		k.held = nil
	}
	return k.held, err
}

// Forget has the records read anew: somebody else may have changed them since.
func (k *Catalogue) Forget() { k.forget() }

func (k *Catalogue) forget() {
	k.mu.Lock()
	k.there, k.held, k.none = k.there || k.held != nil, nil, false
	k.turns++
	k.mu.Unlock()
}

// gone says of a holder that went away between two calls what fetch says of a missing one: its records are not "not found".
func (k *Catalogue) gone(err error) error {
	if errors.Is(err, openstack.ErrNotFound) {
		return fmt.Errorf("%w: VM %s was there a moment ago", ErrNoCatalogue, k.path())
	}
	return err
}

// save writes the difference, and reads the catalogue for its new version.
func (k *Catalogue) save(ctx context.Context, held *holding, changed difference) error {
	if len(changed) == 0 {
		return nil
	}
	vim, err := k.c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = k.c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
		res, err := methods.ReconfigVM_Task(ctx, vim, &types.ReconfigVM_Task{This: held.vm,
			Spec: types.VirtualMachineConfigSpec{ChangeVersion: held.version, ExtraConfig: changed.options()}})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if err != nil {
		return err
	}
	now, err := k.readHolder(ctx, held.vm)
	if k.passing && (errors.Is(err, ErrNoCatalogue) || err == nil && now.closed) {
		k.forget() // it was the last record but one, and whoever dropped the last has retired the holder since
		return nil
	}
	if err != nil {
		return err
	}
	k.know(now)
	return nil
}

// make creates the holder VM. Its name is unique in its folder, so that of two who make it at once one finds the other's; and
// one whose answer was lost may be sent again.
func (k *Catalogue) make(ctx context.Context, leaving *holding) (*holding, error) {
	if err := k.remove(ctx, leaving); err != nil {
		return nil, err
	}
	folder, err := k.c.places.folder(ctx, catalogueFolder, true)
	if err != nil {
		return nil, err
	}
	pool, err := k.c.places.pool(ctx)
	if err != nil {
		return nil, err
	}
	store, err := k.c.places.datastore(ctx, 0)
	if err != nil {
		return nil, err
	}
	host, err := k.c.places.host(ctx, store.Self)
	if err != nil {
		return nil, err
	}
	vim, err := k.c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	err = wire.RetryOnce(func() error {
		_, err := k.c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
			res, err := methods.CreateVM_Task(ctx, vim, &types.CreateVM_Task{This: folder, Pool: pool, Host: host, Config: k.holderSpec(cmp.Or(store.Summary.Name, store.Name))})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
		return err
	})
	fresh := err == nil
	if err != nil && !wire.IsFault[*types.DuplicateName](err) {
		return nil, wire.Explain("making the catalogue VM "+k.path(), err)
	}
	held, err := k.fetch(ctx)
	if err == nil {
		held.fresh = fresh
	}
	return held, err
}

func (k *Catalogue) holderSpec(datastore string) types.VirtualMachineConfigSpec {
	return types.VirtualMachineConfigSpec{
		Name: k.name, GuestId: string(types.VirtualMachineGuestOsIdentifierOtherGuest), NumCPUs: 1, MemoryMB: 128,
		Files: &types.VirtualMachineFileInfo{VmPathName: "[" + datastore + "]"},
		Annotation: "Records of terraform-provider-novasphere (" + k.what + ") in the advanced parameters of this VM.\n" +
			"Never power it on, edit, move or delete it.",
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: markKey, Value: markText(k.c.mark(k.name))}},
	}
}
