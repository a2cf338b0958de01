// SPDX-License-Identifier: MPL-2.0

package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

const networkPrefix = "novasphere-network-"

// OfNetwork returns the store of one network: its subnets, ports, addresses and MACs. Each network has a VM of its own while it has
// records, so that a write about one network never waits for another's.
func (c *Stores) OfNetwork(network string) *Store {
	fresh := &Store{c: c, name: networkPrefix + network, what: "subnets and ports of the network " + network, passing: true}
	found, _ := c.networks.LoadOrStore(network, fresh)
	k, _ := found.(*Store)
	return k
}

// Networks returns the ids of the networks that have records: those found by the first call, and those that this process added since.
func (c *Stores) Networks(ctx context.Context) ([]string, error) {
	if _, err := c.networksOnce.Get(func() ([]string, error) { return c.listNetworks(ctx) }); err != nil {
		return nil, err
	}
	var out []string
	c.networks.Range(func(network, k any) bool {
		if held, ok := k.(*Store); ok && held.seen() {
			out = append(out, fmt.Sprint(network))
		}
		return true
	})
	slices.Sort(out)
	return out, nil
}

// listNetworks finds all records VMs in one call. Each store keeps what was read of it.
func (c *Stores) listNetworks(ctx context.Context) ([]string, error) {
	found, err := c.readAll(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for name, held := range found {
		network, ours := strings.CutPrefix(name, networkPrefix)
		if !ours {
			continue
		}
		if held.closed {
			c.OfNetwork(network).leave(held)
			continue
		}
		out = append(out, network)
		if k := c.OfNetwork(network); !k.seen() {
			k.know(held)
		}
	}
	return out, nil
}

// NetworksNow reads the current records of every network, in one call, ignoring what this process knows.
func (c *Stores) NetworksNow(ctx context.Context) ([]Set, error) {
	all, err := c.readAll(ctx)
	var out []Set
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(name, networkPrefix) && !all[name].closed {
			out = append(out, all[name].view(Folder+"/"+name))
		}
	}
	return out, err
}

// isCopy reports whether a records VM was made under another name: it is a clone, or was restored beside the original, and must not count
// as a second network. A VM that was restored in place has its old name.
func isCopy(vm mo.VirtualMachine) bool {
	var mark openstack.Mark
	_ = json.Unmarshal([]byte(property.ExtraConfig(vm.Config.ExtraConfig)[MarkKey]), &mark)
	return strings.HasPrefix(mark.Fingerprint, networkPrefix) && mark.Fingerprint != vm.Name
}

// readAll reads every records VM of the datacenter, by name.
func (c *Stores) readAll(ctx context.Context) (map[string]*snapshot, error) {
	folder, err := c.placer.Folder(ctx, Folder, false)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	objects, err := c.wire.Collect(ctx, property.ChildrenOf(folder),
		map[string][]string{"VirtualMachine": {"name", "config.extraConfig", "config.changeVersion"}})
	if err != nil {
		return nil, faults.Explain("listing the networks' records", err)
	}
	out := map[string]*snapshot{}
	for _, o := range objects {
		g := faults.GapOf(o)
		if g != nil && g.Name != catalogueName && g.Name != "" && !strings.HasPrefix(g.Name, networkPrefix) {
			continue // not a records VM; one whose name is hidden may be one
		}
		var vm mo.VirtualMachine
		if err := property.Load(o, &vm); err != nil {
			return nil, faults.Explain("reading the networks' records", err)
		}
		switch {
		case vm.Name != catalogueName && !strings.HasPrefix(vm.Name, networkPrefix):
		case vm.Config == nil:
			return nil, fmt.Errorf("the records VM %s/%s is there, but vCenter does not show its configuration: check that its host is connected "+
				"and that this user may read it", Folder, vm.Name)
		case isCopy(vm):
		default:
			out[vm.Name] = snapshotOf(vm)
		}
	}
	return out, nil
}

// Refresh reads all records again, in one call, because other processes may have changed them.
func (c *Stores) Refresh(ctx context.Context) error {
	type shelf struct {
		k     *Store
		turns int
	}
	known := map[string]shelf{catalogueName: {c.Catalogue, c.Catalogue.age()}}
	c.networks.Range(func(_, one any) bool {
		if k, ok := one.(*Store); ok {
			known[k.name] = shelf{k, k.age()}
		}
		return true
	})
	found, err := c.readAll(ctx)
	if err != nil {
		return err
	}
	for name, held := range found {
		network, ours := strings.CutPrefix(name, networkPrefix)
		if _, is := known[name]; !is && ours && !held.closed {
			known[name] = shelf{c.OfNetwork(network), 0}
		}
	}
	for name, s := range known {
		held := found[name]
		if held != nil && held.closed {
			held = nil
		}
		s.k.learn(held, s.turns)
	}
	return nil
}

// HasNetwork reports whether a network has records. It makes at most one call in a process, for all networks.
func (c *Stores) HasNetwork(ctx context.Context, network string) (bool, error) {
	if c.OfNetwork(network).seen() {
		return true, nil
	}
	_, err := c.Networks(ctx)
	return c.OfNetwork(network).seen(), err
}

// leave remembers a holder VM that is closed but not removed yet.
func (k *Store) leave(held *snapshot) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.leaving = held
}

func (k *Store) seen() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.there || k.held != nil
}

// know sets the holder VM that was just read.
func (k *Store) know(held *snapshot) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held, k.there, k.turns = held, true, k.turns+1
	held.decoded = &k.decoded
}

// Age grows with every change of what this process knows of the records.
func (c *Stores) Age() int {
	age := c.Catalogue.age()
	c.networks.Range(func(_, one any) bool {
		if k, ok := one.(*Store); ok {
			age += k.age()
		}
		return true
	})
	return age
}

// Writes counts what this process has written.
func (c *Stores) Writes() int64 { return c.written.Load() }

// age returns how often the store's contents were replaced.
func (k *Store) age() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.turns
}

// learn sets the holder VM that was read after age was taken, nil if there is none, unless the store was read or written since: then that
// is newer.
func (k *Store) learn(held *snapshot, age int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.turns == age {
		if k.held, k.there, k.turns = held, held != nil, k.turns+1; held != nil {
			held.decoded = &k.decoded
		}
	}
}

// Retire removes the holder VM once it has no records. It closes the VM first, guarded by changeVersion: a concurrent write either comes
// first, and the VM stays, or finds the VM closed and makes another.
func (k *Store) Retire(ctx context.Context) error {
	k.turn.Lock()
	defer k.turn.Unlock()
	k.mu.Lock()
	held, leaving := k.held, k.leaving
	k.leaving = nil
	k.mu.Unlock()
	if held == nil {
		return k.remove(ctx, leaving)
	}
	if len(held.raw) > 0 {
		return nil
	}
	k.mu.Lock()
	k.held, k.there, k.turns = nil, false, k.turns+1
	k.mu.Unlock()
	err := k.c.closeStore(ctx, held)
	// repeat until the outcome is known: the last record is gone, so that no later change would come back for the VM
	for attempt := 0; attempt < retry.MaxTransient && (faults.OutcomeUnknown(err) || faults.Transient(err)); attempt++ {
		found, failed := k.c.readAll(ctx)
		if failed != nil {
			break
		}
		if held = found[k.name]; held == nil || len(held.raw) > 0 {
			return nil
		}
		if err = nil; !held.closed {
			err = k.c.closeStore(ctx, held)
		}
	}
	switch {
	case faults.Stale(err), faults.Is[*types.ManagedObjectNotFound](err):
		return nil // it is in use again, or already removed
	case err != nil:
		return faults.Explain("closing the records VM "+k.path(), err)
	}
	held.closed = true
	return k.remove(ctx, held)
}

// Empty reports whether this process knows the holder VM and knows that it has no records. It makes no call.
func (k *Store) Empty() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held != nil && len(k.held.raw) == 0
}

// closeStore marks an empty holder VM as closed to writes, unless it was written to since it was read.
func (c *Stores) closeStore(ctx context.Context, held *snapshot) error {
	return c.wire.ReconfigureRaw(ctx, held.vm, types.VirtualMachineConfigSpec{ChangeVersion: held.version,
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: closedKey, Value: "true"}}})
}

// remove destroys a closed holder VM. It was empty when it was closed, and closed VMs get no writes.
func (k *Store) remove(ctx context.Context, held *snapshot) error {
	if held == nil || !held.closed {
		return nil
	}
	return faults.Explain("removing the records VM "+k.path(), retry.WhileTransient(ctx,
		func() error { return k.c.wire.Destroy(ctx, held.vm) }))
}

// snapshotOf extracts a holder VM's records.
func snapshotOf(vm mo.VirtualMachine) *snapshot {
	held := &snapshot{vm: vm.Self, version: vm.Config.ChangeVersion}
	keys := property.ExtraConfig(vm.Config.ExtraConfig)
	maps.DeleteFunc(keys, func(key, value string) bool { return !strings.HasPrefix(key, Prefix) || value == "" })
	_, held.closed = keys[closedKey]
	delete(keys, closedKey)
	delete(keys, MarkKey)
	held.contents = newContents(keys)
	return held
}

// EmptyOn returns the store that a VM belongs to, or nil if the VM is no holder, or has records.
func (c *Stores) EmptyOn(vm mo.VirtualMachine) *Store {
	network, ofNetwork := strings.CutPrefix(vm.Name, networkPrefix)
	switch {
	case vm.Config == nil || vm.Name != catalogueName && (!ofNetwork || isCopy(vm)) || len(snapshotOf(vm).raw) > 0:
		return nil
	case ofNetwork:
		return c.OfNetwork(network)
	}
	return c.Catalogue
}

// RetireNow is Retire with the current state of the holder VM, ignoring what this process knows.
func (k *Store) RetireNow(ctx context.Context) error {
	k.Forget()
	held, err := k.fetch(ctx)
	switch {
	case errors.Is(err, ErrClosed):
		k.leave(held)
	case errors.Is(err, ErrNoStore): // already removed by another process
		return nil
	case err != nil:
		return err
	default:
		k.know(held)
	}
	return k.Retire(ctx)
}
