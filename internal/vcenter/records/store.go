// SPDX-License-Identifier: MPL-2.0

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
	closedKey     = Prefix + "closed" // on a holder that must not be written to any more, because it is being removed
)

// ErrNoStore is returned if the VM that holds the records does not exist.
var ErrNoStore = openstack.ErrNoRecords

// ErrClosed is the ErrNoStore of an empty holder that was closed, and whose removal has not finished.
var ErrClosed = fmt.Errorf("%w: it held nothing any more", ErrNoStore)

// Store keeps the objects that vCenter has no place for (flavors, key pairs, subnets, ports) as records in the extraConfig of a small VM
// without disks that is never powered on, its holder. One property read returns all records; a write is one reconfigure guarded by
// changeVersion.
type Store struct {
	c    *Stores
	name string // of the holder VM
	what string // its records, described for people who look at the VM

	Sweep func(Set) // adds further changes to each write; nil: none

	passing bool // its holder is removed with the last record, and made again with the next

	once   sync.Once
	writes wire.Batch[writing, struct{}]
	turn   sync.Mutex // one write at a time

	mu      sync.Mutex
	held    *snapshot
	there   bool      // the holder was seen, and has not been removed since
	none    bool      // the holder was looked for and does not exist, as far as Glance is concerned
	leaving *snapshot // a closed holder that has not been removed yet
	turns   int       // how often held has changed: what was read at an earlier count is out of date

	decoded sync.Map // caches decoded records for every contents of this store
}

// snapshot is the records as last read or written by this process.
type snapshot struct {
	*contents
	vm      ref
	version string
	closed  bool // empty, and being removed
	fresh   bool // made by this very write: any record known from before is lost
}

// path returns the holder's path, below the datacenter's VM folder.
func (k *Store) path() string { return Folder + "/" + k.name }

func (h *snapshot) view(path string) Set { return Set{holder: path, book: h.contents} }

// View returns the records as this process knows them, and reads them the first time. It returns ErrNoStore if there is no holder.
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

// Fresh returns the records as they are, whatever this process knows of them. Concurrent callers share a call.
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

// Glance returns the records as this process knows them, or reads them again if now is set. It returns an empty Set if there is no
// holder, which it finds out once.
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

// reread reads the holder again, or finds it if it is not known.
func (k *Store) reread(ctx context.Context) (*snapshot, error) {
	if k.held == nil {
		return k.fetch(ctx)
	}
	return k.readHolder(ctx, k.held.vm)
}

// fetch finds the holder VM and reads it. It returns ErrNoStore if there is none.
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
	claims bool // adds a new record: the holder is made if there is none
}

// Forget has the records read again, since another client may have changed them.
func (k *Store) Forget() { k.forget() }

func (k *Store) forget() {
	k.mu.Lock()
	k.there, k.held, k.none = k.there || k.held != nil, nil, false
	k.turns++
	k.mu.Unlock()
}

// gone makes the loss of a holder between two calls an ErrNoStore, as fetch does for a missing one, so that its records do not count as
// "not found".
func (k *Store) gone(err error) error {
	if errors.Is(err, openstack.ErrNotFound) {
		return fmt.Errorf("%w: VM %s was there a moment ago", ErrNoStore, k.path())
	}
	return err
}

// NextTurn returns one more than how often this process's knowledge of the records has changed.
func (k *Store) NextTurn() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.turns + 1
}

// Known explains the error of a missing holder for a record that is in the state. If the holder is only being removed, it was empty, and
// the record is gone.
func Known(kind, id string, err error) error {
	switch {
	case errors.Is(err, ErrClosed):
		return openstack.NotFound("no %s %q: %s", kind, id, err)
	case errors.Is(err, ErrNoStore):
		return fmt.Errorf("%s %q is in the state, but %w: bring the VM back (restore or register it, or correct the provider's datacenter); "+
			"if all records are really gone, remove them from the state", kind, id, err)
	}
	return err
}
