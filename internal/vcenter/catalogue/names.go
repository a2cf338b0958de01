// SPDX-License-Identifier: MPL-2.0

package catalogue

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// typesOf are the resource types of the kinds of names.
var typesOf = map[string]string{planned.NamedFlavor: "novasphere_compute_flavor", planned.NamedKeyPair: "novasphere_compute_keypair",
	planned.NamedAggregate: "novasphere_compute_aggregate", planned.NamedServerGroup: "novasphere_compute_servergroup"}

// Names finds out what has a name that must be unique.
type Names struct {
	wire      *wire.Conn
	inventory *inventory.Inventory
	records   *records.Stores
	planned   *planned.Memory
	keyPairs  *KeyPairs
	holders   map[string]Holder

	folder wire.Lookup[ref] // the instances' folder; none if it does not exist yet

	mu     sync.Mutex
	absent int // the catalogue's NextTurn when it was found missing; 0: it was not
}

// Holder returns the id of the record that has a name; empty if none has it.
type Holder func(all records.Set, name string) (id string)

// NewNames returns Names without reading any. holders look names up by their kinds in package planned, except for instances, flavors and
// key pairs, which are built in.
func NewNames(conn *wire.Conn, at *inventory.Inventory, stores *records.Stores, memory *planned.Memory, keyPairs *KeyPairs,
	holders map[string]Holder) *Names {
	all := map[string]Holder{planned.NamedFlavor: flavorNamed, planned.NamedKeyPair: keyPairNamed}
	maps.Copy(all, holders)
	return &Names{wire: conn, inventory: at, records: stores, planned: memory, keyPairs: keyPairs, holders: all}
}

// WayOut tells how to free a taken name.
const WayOut = "Where another block of this configuration has it and goes, write a moved block, or destroy that one first"

// Claim plans a name for the record with an id, or for one yet to be made if id is empty. It refuses a name that the configuration uses
// twice, and one held by something that this configuration is not known to own.
func (c *Names) Claim(ctx context.Context, kind, text, id string) error {
	holder, err := c.Stranger(ctx, kind, text, id)
	if err != nil || holder == "" {
		return err
	}
	if kind == planned.NamedKeyPair && c.keyPairs.generated(ctx, text) {
		return generatedElsewhere(text)
	}
	return openstack.AttributeErrorf("name", "the %s %q exists already: choose another name. %s\n\n%s", kind, text,
		openstack.ImportHint(typesOf[kind], holder), WayOut)
}

// Stranger plans a name for the object with an id, and returns the id of another object that has it and is not known to give it up;
// empty: none.
func (c *Names) Stranger(ctx context.Context, kind, text, id string) (stranger string, err error) {
	names := c.planned.Names(kind)
	if names.Claim(text, id) {
		return "", openstack.AttributeErrorf("name", "another %s of this configuration is to be called %q too: names are unique here, so "+
			"choose another",
			kind, text)
	}
	holder, err := c.holder(ctx, kind, text)
	if err != nil || holder == id || names.Owns(holder) {
		return "", err
	}
	return holder, nil
}

// holder returns the id of what has a name; empty if nothing has it.
func (c *Names) holder(ctx context.Context, kind, text string) (string, error) {
	if kind == planned.NamedInstance {
		found, err := c.child(ctx, text)
		return found.Value, err
	}
	all, err := c.catalogue(ctx)
	if err != nil || all == nil {
		return "", err
	}
	return c.holders[kind](*all, text), nil
}

// catalogue returns the catalogue's records; nil if there is no catalogue, which is found out once until this process changes what it
// knows of it.
func (c *Names) catalogue(ctx context.Context) (*records.Set, error) {
	turn := c.records.Catalogue.NextTurn()
	c.mu.Lock()
	absent := c.absent == turn
	c.mu.Unlock()
	if absent {
		return nil, nil
	}
	all, err := c.records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		c.mu.Lock()
		c.absent = turn
		c.mu.Unlock()
		return nil, nil
	}
	return &all, err
}

// child returns what has a name in the folder that instances are made in, if Instances.Look asks for it. A folder that does not exist
// yet is looked for once, and has no children.
func (c *Names) child(ctx context.Context, text string) (found ref, err error) {
	look, answer := c.planned.Instances.Look(ctx)
	defer func() { answer(found.Value) }()
	if !look {
		return ref{}, nil
	}
	folder, err := c.folder.Get(func() (ref, error) {
		found, err := c.inventory.Places.Folder(ctx, c.inventory.Places.InstancesPath(), false)
		if errors.Is(err, openstack.ErrNotFound) { // it is made with the first instance
			return ref{}, nil
		}
		return found, err
	})
	if err != nil || folder.Value == "" {
		return ref{}, err
	}
	return c.childNamed(ctx, folder, text)
}

// childNamed returns the child of a folder that has a name.
func (c *Names) childNamed(ctx context.Context, folder ref, text string) (ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return ref{}, err
	}
	res, err := methods.FindChild(ctx, vim, &types.FindChild{This: *vim.ServiceContent.SearchIndex, Entity: folder,
		Name: property.EscapeName(text)})
	if err != nil {
		return ref{}, faults.Explain("looking whether the name "+text+" is taken", err)
	}
	return property.Deref(res.Returnval), nil
}
