package vcenter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
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
	if _, err := c.holdersOnce.get(func() ([]string, error) { return c.listHolders(ctx) }); err != nil {
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
	all, err := c.readHolders(ctx)
	var out []string
	for network, held := range all {
		out = append(out, network)
		if k := c.Holder(network); !k.seen() {
			k.know(held)
		}
	}
	return out, err
}

// HoldersNow are the records of every network as they are at this moment, in one call, whatever this process knows of them.
func (c *Client) HoldersNow(ctx context.Context) ([]Records, error) {
	all, err := c.readHolders(ctx)
	var out []Records
	for _, network := range slices.Sorted(maps.Keys(all)) {
		out = append(out, Records{c.Holder(network).path(), all[network].raw})
	}
	return out, err
}

// readHolders reads what is kept of every network, by the network's id.
func (c *Client) readHolders(ctx context.Context) (map[string]*holding, error) {
	folder, err := c.places.folder(ctx, catalogueFolder, false)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := list[mo.VirtualMachine](ctx, c, below(folder), map[string][]string{"VirtualMachine": {"name", "config.extraConfig", "config.changeVersion"}})
	if err != nil {
		return nil, explain("listing the networks' records", err)
	}
	out := map[string]*holding{}
	for _, vm := range all {
		network, ours := strings.CutPrefix(vm.Name, holderPrefix)
		if !ours || vm.Config == nil {
			continue
		}
		if held := holdingOf(vm); !held.closed {
			out[network] = held
		}
	}
	return out, nil
}

// HasHolder says that a network has records. It asks nothing where that is known, and else once for all networks.
func (c *Client) HasHolder(ctx context.Context, network string) (bool, error) {
	if c.Holder(network).seen() {
		return true, nil
	}
	_, err := c.Holders(ctx)
	return c.Holder(network).seen(), err
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
	k.held, k.there = held, true
}

// Retire removes the holder VM once it keeps no record. It is closed first, under changeVersion: whoever writes a record at the
// same moment either comes first, and the VM stays, or finds it closed and makes another.
func (k *Catalogue) Retire(ctx context.Context) error {
	k.turn.Lock()
	defer k.turn.Unlock()
	k.mu.Lock()
	held := k.held
	k.mu.Unlock()
	if held == nil || len(held.raw) > 0 {
		return nil
	}
	k.mu.Lock()
	k.held, k.there = nil, false
	k.mu.Unlock()
	err := k.c.swap(ctx, held.vm, types.VirtualMachineConfigSpec{ChangeVersion: held.version,
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: closedKey, Value: "true"}}})
	switch {
	case isFault[*types.ConcurrentAccess](err), isFault[*types.ManagedObjectNotFound](err):
		return nil // somebody needs it still, or has removed it
	case err != nil:
		return explain("closing the records VM "+k.path(), err)
	}
	held.closed = true
	return k.remove(ctx, held)
}

// remove destroys a holder that is closed. It was empty then, and nobody has written to it since.
func (k *Catalogue) remove(ctx context.Context, held *holding) error {
	if held == nil || !held.closed {
		return nil
	}
	return explain("removing the records VM "+k.path(), k.c.destroy(ctx, held.vm))
}

// holdingOf is what a holder VM keeps.
func holdingOf(vm mo.VirtualMachine) *holding {
	held := &holding{vm: vm.Self, version: vm.Config.ChangeVersion, raw: map[string]string{}}
	keys := extraConfig(vm.Config.ExtraConfig)
	maps.DeleteFunc(keys, func(key, value string) bool { return !strings.HasPrefix(key, recordPrefix) || value == "" })
	_, held.closed = keys[closedKey]
	delete(keys, closedKey)
	delete(keys, markKey)
	held.raw = keys
	return held
}
