package records

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

const (
	Folder        = "novasphere"
	catalogueName = "novasphere-catalogue"
	closedKey     = Prefix + "closed" // on a holder that nobody may write to any more, because it is being removed
)

// ErrNoStore is the error where the VM that holds the records is not there.
var ErrNoStore = openstack.ErrNoRecords

// ErrClosed is ErrNoStore of a holder that is there and held nothing any more when it was closed: its removal has not come to its end.
var ErrClosed = fmt.Errorf("%w: it held nothing any more", ErrNoStore)

// Store keeps the nouns that vCenter does not have (flavors, key pairs, subnets, ports) as records in the extraConfig of a
// small VM without disks that is never powered on, its holder. One property read returns all of them; a write is one reconfigure
// guarded by changeVersion.
type Store struct {
	c    *Stores
	name string // of the holder VM
	what string // what its records are, for people who look at the VM

	Sweep func(Set) // adds to a change what goes along with it; nil: nothing

	passing bool // its holder goes with its last record, whoever removes that, and comes back with the next

	once   sync.Once
	writes wire.Batch[writing, struct{}]
	turn   sync.Mutex // one write at a time

	mu      sync.Mutex
	held    *snapshot
	there   bool      // it was seen, and has not been removed since
	none    bool      // it was looked for and is not there, as far as who only glances is concerned
	leaving *snapshot // one that is closed, and that nobody has removed yet
	turns   int       // how often held has changed: what was read before the last of them says nothing new

	decoded sync.Map // what was decoded of the records, for every book of them
}

// snapshot is the catalogue as last seen or written by this process.
type snapshot struct {
	*contents
	vm      ref
	version string
	closed  bool // empty, and on its way out
	fresh   bool // made by this very write: whoever knows a record in it has lost it
}

// path is the holder's, below the datacenter's VM folder.
func (k *Store) path() string { return Folder + "/" + k.name }

func (h *snapshot) view(path string) Set { return Set{holder: path, book: h.contents} }

// View gives the records as this process knows them, reading them when it has not yet. ErrNoStore where there are none.
func (k *Store) View(ctx context.Context) (Set, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held == nil {
		held, err := k.fetch(ctx)
		if err != nil {
			return Set{}, err
		}
		k.held = held
		k.turns++
	}
	return k.held.view(k.path()), nil
}

// Fresh gives the records as they are now, whatever this process knows of them. Those who ask together ask once.
func (k *Store) Fresh(ctx context.Context) (Set, error) {
	k.mu.Lock()
	held := k.held
	k.mu.Unlock()
	if held == nil {
		return k.View(ctx)
	}
	now, err := k.readHolder(ctx, held.vm)
	if err != nil {
		return Set{}, err
	}
	return now.view(k.path()), nil
}

// Glance gives the records as this process knows them, or as they are now; none where there is no holder, which is found out once.
func (k *Store) Glance(ctx context.Context, now bool) (Set, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held == nil && k.none && !now {
		return Set{holder: k.path(), book: newContents(nil)}, nil
	}
	if k.held == nil || now {
		held, err := k.reread(ctx)
		if k.none = errors.Is(err, ErrNoStore); err != nil && !k.none {
			return Set{}, err
		}
		k.turns++
		if k.held = held; k.none {
			k.held = nil
			return Set{holder: k.path(), book: newContents(nil)}, nil
		}
		k.there, held.decoded = true, &k.decoded
	}
	return k.held.view(k.path()), nil
}

// reread reads the holder, which is looked for where it is not known.
func (k *Store) reread(ctx context.Context) (*snapshot, error) {
	if k.held == nil {
		return k.fetch(ctx)
	}
	return k.readHolder(ctx, k.held.vm)
}

// fetch finds the holder VM and reads it. ErrNoStore where there is none.
func (k *Store) fetch(ctx context.Context) (*snapshot, error) {
	dc, err := k.c.placer.RecordsHome(ctx)
	if err != nil {
		return nil, err
	}
	vim, err := k.c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	found, err := wire.FindByPath(ctx, vim, dc.Path+"/vm/"+k.path())
	if err != nil {
		return nil, faults.Explain("looking for the catalogue", err)
	}
	if found == nil || found.Type != "VirtualMachine" {
		return nil, fmt.Errorf("%w: no VM %s in datacenter %s", ErrNoStore, k.path(), dc.Name)
	}
	held, err := k.readHolder(ctx, *found)
	if err == nil && held.closed {
		return held, fmt.Errorf("%w: VM %s in datacenter %s is being removed", ErrClosed, k.path(), dc.Name)
	}
	return held, err
}

func (k *Store) readHolder(ctx context.Context, vm ref) (*snapshot, error) {
	holder, err := wire.Read[mo.VirtualMachine](ctx, k.c.wire, vm, []string{"config.extraConfig", "config.changeVersion"})
	if err != nil {
		return nil, k.gone(faults.Explain("reading the catalogue", err))
	}
	if holder.Config == nil {
		return nil, fmt.Errorf("the catalogue VM %s is there, but vCenter does not show its configuration: check that its host is connected "+
			"and that this user may read it", k.path())
	}
	held := snapshotOf(holder)
	held.decoded = &k.decoded
	return held, nil
}

// writing is a change of the records that waits to be written.
type writing struct {
	change func(Set) error
	claims bool // it may be the first ever: the catalogue is made where there is none
}

// Forget has the records read anew: somebody else may have changed them since.
func (k *Store) Forget() { k.forget() }

func (k *Store) forget() {
	k.mu.Lock()
	k.there, k.held, k.none = k.there || k.held != nil, nil, false
	k.turns++
	k.mu.Unlock()
}

// gone says of a holder that went away between two calls what fetch says of a missing one: its records are not "not found".
func (k *Store) gone(err error) error {
	if errors.Is(err, openstack.ErrNotFound) {
		return fmt.Errorf("%w: VM %s was there a moment ago", ErrNoStore, k.path())
	}
	return err
}

// NextTurn is how often what is known of the catalogue has changed, and one more.
func (k *Store) NextTurn() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.turns + 1
}

// Known explains a missing catalogue to somebody whose state knows a record in it. One that is only on its way out was empty: the
// record is gone.
func Known(kind, id string, err error) error {
	switch {
	case errors.Is(err, ErrClosed):
		return openstack.NotFound("no %s %q: %s", kind, id, err)
	case errors.Is(err, ErrNoStore):
		return fmt.Errorf("%s %q is in the state, but %w: bring the VM back (restore or register it, or correct the provider's datacenter); "+
			"if all Records are really gone, remove them from the state", kind, id, err)
	}
	return err
}
