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

// OfNetwork is the catalogue of one network: its subnets, ports, addresses and MACs. There is a VM for it as long as there is a
// record in it, so that a write about one network never waits for another's.
func (c *Stores) OfNetwork(network string) *Store {
	fresh := &Store{c: c, name: networkPrefix + network, what: "subnets and ports of the network " + network, passing: true}
	found, _ := c.networks.LoadOrStore(network, fresh)
	k, _ := found.(*Store)
	return k
}

// Networks are the ids of the networks that have records: those that were found once, and those that this process has made since.
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

// listNetworks finds them in one call however many there are; what it reads, each Holder knows.
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

// NetworksNow are the records of every network as they are at this moment, in one call, whatever this process knows of them.
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

// isCopy reports whether a records VM was made under another name: somebody has cloned a network's, or restored one beside it, and the
// network is not there twice. One that is restored in its place has its name again.
func isCopy(vm mo.VirtualMachine) bool {
	var mark openstack.Mark
	_ = json.Unmarshal([]byte(property.ExtraConfig(vm.Config.ExtraConfig)[MarkKey]), &mark)
	return strings.HasPrefix(mark.Fingerprint, networkPrefix) && mark.Fingerprint != vm.Name
}

// readAll reads every records VM of the datacenter, by its name.
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
			continue // nobody's records; one that does not show its name may be
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

// Refresh reads all records anew, those of the catalogue and of every network, in one call: others may have changed them since.
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

// HasNetwork reports whether a network has records. It asks nothing where that is known, and else once for all networks.
func (c *Stores) HasNetwork(ctx context.Context, network string) (bool, error) {
	if c.OfNetwork(network).seen() {
		return true, nil
	}
	_, err := c.Networks(ctx)
	return c.OfNetwork(network).seen(), err
}

// leave notes a holder that is closed and whose removal has not come to its end.
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

// know takes the holder as it was just read.
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

// age is how often what is known has changed.
func (k *Store) age() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.turns
}

// learn takes what was read after age was asked, nil where there is no holder; unless somebody has read or written it since, who
// knows it better.
func (k *Store) learn(held *snapshot, age int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.turns == age {
		if k.held, k.there, k.turns = held, held != nil, k.turns+1; held != nil {
			held.decoded = &k.decoded
		}
	}
}

// Retire removes the holder VM once it keeps no record. It is closed first, under changeVersion: whoever writes a record at the
// same moment either comes first, and the VM stays, or finds it closed and makes another.
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
	// its last record is gone, so that nobody would come back for it
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
		return nil // somebody needs it still, or has removed it
	case err != nil:
		return faults.Explain("closing the records VM "+k.path(), err)
	}
	held.closed = true
	return k.remove(ctx, held)
}

// Empty reports whether this process knows the holder, and that it keeps no record. It asks nothing.
func (k *Store) Empty() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held != nil && len(k.held.raw) == 0
}

// closeStore lets nobody write to an empty holder any more, unless somebody has since it was read.
func (c *Stores) closeStore(ctx context.Context, held *snapshot) error {
	return c.wire.ReconfigureRaw(ctx, held.vm, types.VirtualMachineConfigSpec{ChangeVersion: held.version,
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: closedKey, Value: "true"}}})
}

// remove destroys a holder that is closed. It was empty then, and nobody has written to it since.
func (k *Store) remove(ctx context.Context, held *snapshot) error {
	if held == nil || !held.closed {
		return nil
	}
	return faults.Explain("removing the records VM "+k.path(), retry.WhileTransient(ctx,
		func() error { return k.c.wire.Destroy(ctx, held.vm) }))
}

// snapshotOf is what a holder VM keeps.
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

// EmptyOn returns the store whose records a VM holds, nil where it is none of these, or holds a record.
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

// RetireNow is Retire by what the holder has at this moment, whatever this process knows of it.
func (k *Store) RetireNow(ctx context.Context) error {
	k.Forget()
	held, err := k.fetch(ctx)
	switch {
	case errors.Is(err, ErrClosed):
		k.leave(held)
	case errors.Is(err, ErrNoStore): // somebody else has removed it since
		return nil
	case err != nil:
		return err
	default:
		k.know(held)
	}
	return k.Retire(ctx)
}
