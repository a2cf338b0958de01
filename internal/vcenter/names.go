package vcenter

import (
	"context"
	"errors"
	"sync"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// typesOf are the resource types of what has a name.
var typesOf = map[string]string{planned.NamedFlavor: "novasphere_compute_flavor", planned.NamedKeyPair: "novasphere_compute_keypair",
	planned.NamedAggregate: "novasphere_compute_aggregate", planned.NamedServerGroup: "novasphere_compute_servergroup"}

// nameLookup finds what has a name that must be its own.
type nameLookup struct {
	c      *Client
	folder wire.Lookup[ref] // the instances' folder; none where it was not there yet

	mu     sync.Mutex
	absent int // the catalogue's turn in which it was missing, and one more; 0: it was not
}

// wayOut is how to go on where a name is taken that need not be.
const wayOut = "Where another block of this configuration has it and goes, write a moved block, or destroy that one first"

// ClaimName plans a name for a record: the one whose id is given, or one that is yet to be made. It refuses the second of two in one
// configuration, and a name that something else has which the configuration is not known to have.
func (c *Client) ClaimName(ctx context.Context, kind, text, id string) error {
	holder, err := c.claimName(ctx, kind, text, id)
	if err != nil || holder == "" {
		return err
	}
	if kind == planned.NamedKeyPair && c.generated(ctx, text) {
		return generatedElsewhere(text)
	}
	return openstack.AttributeErrorf("name", "the %s %q exists already: choose another name. %s\n\n%s", kind, text,
		openstack.ImportHint(typesOf[kind], holder), wayOut)
}

// ClaimInstanceName is ClaimName for an instance, by its VM's managed object id. The error tells what has the name.
func (c *Client) ClaimInstanceName(ctx context.Context, id string, want openstack.ServerSpec, moref string) error {
	holder, err := c.claimName(ctx, planned.NamedInstance, want.Name, moref)
	if err != nil || holder == "" {
		return err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	taken := c.taken(ctx, vim, &ServerRequest{ID: id, ServerSpec: want})
	var exists *ExistsError
	if errors.As(taken, &exists) {
		exists.Planned = true
	}
	return openstack.AttributeErrorf("name", "%w\n\n%s", taken, wayOut)
}

// claimName notes who wants a name, and gives the id of who has it and is a stranger.
func (c *Client) claimName(ctx context.Context, kind, text, id string) (stranger string, err error) {
	names := c.Planned.Names(kind)
	if names.Claim(text, id) {
		return "", openstack.AttributeErrorf("name", "another %s of this configuration is to be called %q too: names are unique here, so "+
			"choose another",
			kind, text)
	}
	holder, err := c.names.holder(ctx, kind, text)
	if err != nil || holder == id || names.Owns(holder) {
		return "", err
	}
	return holder, nil
}

// holder is the id of what has a name; empty where nothing does.
func (b *nameLookup) holder(ctx context.Context, kind, text string) (string, error) {
	if kind == planned.NamedInstance {
		found, err := b.child(ctx, text)
		return found.Value, err
	}
	all, err := b.records(ctx)
	if err != nil || all == nil {
		return "", err
	}
	switch kind {
	case planned.NamedFlavor:
		index, _ := records.Memo(*all, "flavors by name", func() (flavorIndex, error) { return indexFlavors(*all), nil })
		return index.ids[text], nil
	case planned.NamedKeyPair:
		if err := all.Get(keyPairKind, text, &openstack.KeyPair{}); errors.Is(err, openstack.ErrNotFound) {
			return "", nil
		}
		return text, nil
	case planned.NamedServerGroup:
		for _, id := range all.IDs(groupKind) {
			if g, err := records.Peek[openstack.ServerGroup](*all, groupKind, id); err == nil && g.Name == text && g.Project == b.c.Config.Project {
				return id, nil
			}
		}
	case planned.NamedAggregate:
		for _, id := range all.IDs(aggregateKind) {
			if a, err := records.Peek[openstack.Aggregate](*all, aggregateKind, id); err == nil && a.Name == text {
				return id, nil
			}
		}
	}
	return "", nil
}

// records are those of the catalogue; nil where there is none, which is asked once until this process writes something.
func (b *nameLookup) records(ctx context.Context) (*records.Set, error) {
	turn := b.c.Records.Catalogue.NextTurn()
	b.mu.Lock()
	absent := b.absent == turn
	b.mu.Unlock()
	if absent {
		return nil, nil
	}
	all, err := b.c.Records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		b.mu.Lock()
		b.absent = turn
		b.mu.Unlock()
		return nil, nil
	}
	return &all, err
}

// child is what has a name in the folder that instances are made in, as far as it is looked for. A folder that is not there yet has
// nothing, and is looked for once.
func (b *nameLookup) child(ctx context.Context, text string) (found ref, err error) {
	look, answer := b.c.Planned.Instances.Look(ctx)
	defer func() { answer(found.Value) }()
	if !look {
		return ref{}, nil
	}
	folder, err := b.folder.Get(func() (ref, error) {
		found, err := b.c.Inventory.Places.Folder(ctx, b.c.Inventory.Places.InstancesPath(), false)
		if errors.Is(err, openstack.ErrNotFound) { // it is made with the first instance
			return ref{}, nil
		}
		return found, err
	})
	if err != nil || folder.Value == "" {
		return ref{}, err
	}
	return b.c.childNamed(ctx, folder, text)
}

// childNamed is the child of a folder that has a name.
func (c *Client) childNamed(ctx context.Context, folder ref, text string) (ref, error) {
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
