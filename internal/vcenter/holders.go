package vcenter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

const holderPrefix = "novasphere-network-"

// Holder is the catalogue of one network: its subnets, ports, addresses and MACs. There is a VM for it as long as there is a
// record in it, so that a write about one network never waits for another's.
func (c *Client) Holder(network string) *Catalogue {
	fresh := &Catalogue{c: c, name: holderPrefix + network, what: "subnets and ports of the network " + network, passing: true}
	found, _ := c.holders.LoadOrStore(network, fresh)
	k, _ := found.(*Catalogue)
	return k
}

// Holders are the ids of the networks that have records: those that were found once, and those that this process has made since.
func (c *Client) Holders(ctx context.Context) ([]string, error) {
	if _, err := c.holdersOnce.Get(func() ([]string, error) { return c.listHolders(ctx) }); err != nil {
		return nil, err
	}
	var out []string
	c.holders.Range(func(network, k any) bool {
		if held, ok := k.(*Catalogue); ok && held.seen() {
			out = append(out, fmt.Sprint(network))
		}
		return true
	})
	slices.Sort(out)
	return out, nil
}

// listHolders finds them in one call however many there are; what it reads, each Holder knows.
func (c *Client) listHolders(ctx context.Context) ([]string, error) {
	found, err := c.readHolders(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for name, held := range found {
		network, ours := strings.CutPrefix(name, holderPrefix)
		if !ours {
			continue
		}
		if held.closed {
			c.Holder(network).leave(held)
			continue
		}
		out = append(out, network)
		if k := c.Holder(network); !k.seen() {
			k.know(held)
		}
	}
	return out, nil
}

// HoldersNow are the records of every network as they are at this moment, in one call, whatever this process knows of them.
func (c *Client) HoldersNow(ctx context.Context) ([]Records, error) {
	all, err := c.readHolders(ctx)
	var out []Records
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(name, holderPrefix) && !all[name].closed {
			out = append(out, all[name].view(catalogueFolder+"/"+name))
		}
	}
	return out, err
}

// copiedHolder says that a records VM was made under another name: somebody has cloned a network's, or restored one beside it, and the
// network is not there twice. One that is restored in its place has its name again.
func copiedHolder(vm mo.VirtualMachine) bool {
	var mark openstack.Mark
	_ = json.Unmarshal([]byte(wire.ExtraConfig(vm.Config.ExtraConfig)[markKey]), &mark)
	return strings.HasPrefix(mark.Fingerprint, holderPrefix) && mark.Fingerprint != vm.Name
}

// readHolders reads every records VM of the datacenter, by its name.
func (c *Client) readHolders(ctx context.Context) (map[string]*holding, error) {
	folder, err := c.places.folder(ctx, catalogueFolder, false)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	objects, err := c.wire.Collect(ctx, wire.ChildrenOf(folder), map[string][]string{"VirtualMachine": {"name", "config.extraConfig", "config.changeVersion"}})
	if err != nil {
		return nil, wire.Explain("listing the networks' records", err)
	}
	out := map[string]*holding{}
	for _, o := range objects {
		g := wire.GapOf(o)
		if g != nil && g.Name != catalogueName && g.Name != "" && !strings.HasPrefix(g.Name, holderPrefix) {
			continue // nobody's records; one that does not show its name may be
		}
		var vm mo.VirtualMachine
		if err := wire.Load(o, &vm); err != nil {
			return nil, wire.Explain("reading the networks' records", err)
		}
		switch {
		case vm.Name != catalogueName && !strings.HasPrefix(vm.Name, holderPrefix):
		case vm.Config == nil:
			return nil, fmt.Errorf("the records VM %s/%s is there, but vCenter does not show its configuration: check that its host is connected and that this user may read it", catalogueFolder, vm.Name)
		case copiedHolder(vm):
		default:
			out[vm.Name] = holdingOf(vm)
		}
	}
	return out, nil
}

// Refresh reads all records anew, those of the catalogue and of every network, in one call: others may have changed them since.
func (c *Client) Refresh(ctx context.Context) error {
	type shelf struct {
		k     *Catalogue
		turns int
	}
	known := map[string]shelf{catalogueName: {c.Catalogue, c.Catalogue.age()}}
	c.holders.Range(func(_, one any) bool {
		if k, ok := one.(*Catalogue); ok {
			known[k.name] = shelf{k, k.age()}
		}
		return true
	})
	found, err := c.readHolders(ctx)
	if err != nil {
		return err
	}
	for name, held := range found {
		network, ours := strings.CutPrefix(name, holderPrefix)
		if _, is := known[name]; !is && ours && !held.closed {
			known[name] = shelf{c.Holder(network), 0}
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

// HasHolder says that a network has records. It asks nothing where that is known, and else once for all networks.
func (c *Client) HasHolder(ctx context.Context, network string) (bool, error) {
	if c.Holder(network).seen() {
		return true, nil
	}
	_, err := c.Holders(ctx)
	return c.Holder(network).seen(), err
}

// leave notes a holder that is closed and whose removal has not come to its end.
func (k *Catalogue) leave(held *holding) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.leaving = held
}

func (k *Catalogue) seen() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.there || k.held != nil
}

// know takes the holder as it was just read.
func (k *Catalogue) know(held *holding) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held, k.there, k.turns = held, true, k.turns+1
	held.decoded = &k.decoded
}

// Age grows with every change of what this process knows of the records.
func (c *Client) Age() int {
	age := c.Catalogue.age()
	c.holders.Range(func(_, one any) bool {
		if k, ok := one.(*Catalogue); ok {
			age += k.age()
		}
		return true
	})
	return age
}

// age is how often what is known has changed.
func (k *Catalogue) age() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.turns
}

// learn takes what was read after age was asked, nil where there is no holder; unless somebody has read or written it since, who
// knows it better.
func (k *Catalogue) learn(held *holding, age int) {
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
func (k *Catalogue) Retire(ctx context.Context) error {
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
	err := k.c.closeHolder(ctx, held)
	for attempt := 0; attempt < wire.MaxTransient && (wire.OutcomeUnknown(err) || wire.Transient(err)); attempt++ { // its last record is gone, so that nobody would come back for it
		found, failed := k.c.readHolders(ctx)
		if failed != nil {
			break
		}
		if held = found[k.name]; held == nil || len(held.raw) > 0 {
			return nil
		}
		if err = nil; !held.closed {
			err = k.c.closeHolder(ctx, held)
		}
	}
	switch {
	case wire.IsFault[*types.ConcurrentAccess](err), wire.IsFault[*types.ManagedObjectNotFound](err):
		return nil // somebody needs it still, or has removed it
	case err != nil:
		return wire.Explain("closing the records VM "+k.path(), err)
	}
	held.closed = true
	return k.remove(ctx, held)
}

// closeHolder lets nobody write to an empty holder any more, unless somebody has since it was read.
func (c *Client) closeHolder(ctx context.Context, held *holding) error {
	return c.wire.ReconfigureRaw(ctx, held.vm, types.VirtualMachineConfigSpec{ChangeVersion: held.version,
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: closedKey, Value: "true"}}})
}

// remove destroys a holder that is closed. It was empty then, and nobody has written to it since.
func (k *Catalogue) remove(ctx context.Context, held *holding) error {
	if held == nil || !held.closed {
		return nil
	}
	never := func(error) bool { return false }
	return wire.Explain("removing the records VM "+k.path(), wire.RepeatUntil(ctx, time.Now().Add(time.Minute), wire.OrTransient(never), func() error { return k.c.wire.Destroy(ctx, held.vm) }))
}

// holdingOf is what a holder VM keeps.
func holdingOf(vm mo.VirtualMachine) *holding {
	held := &holding{vm: vm.Self, version: vm.Config.ChangeVersion}
	keys := wire.ExtraConfig(vm.Config.ExtraConfig)
	maps.DeleteFunc(keys, func(key, value string) bool { return !strings.HasPrefix(key, recordPrefix) || value == "" })
	_, held.closed = keys[closedKey]
	delete(keys, closedKey)
	delete(keys, markKey)
	held.book = newBook(keys)
	return held
}
