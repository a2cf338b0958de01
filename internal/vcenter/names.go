package vcenter

import (
	"context"
	"errors"
	"sync"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// What has a name that must be its own.
const (
	NamedFlavor    = "flavor"
	NamedKeyPair   = "key pair"
	NamedAggregate = "aggregate"
	NamedInstance  = "instance"

	NamedServerGroup = "server group"
)

// typesOf are the resource types of what has a name.
var typesOf = map[string]string{NamedFlavor: "novasphere_compute_flavor", NamedKeyPair: "novasphere_compute_keypair", NamedAggregate: "novasphere_compute_aggregate",
	NamedServerGroup: "novasphere_compute_servergroup"}

// nameBook knows which names this process has planned for something new, and which objects its configuration has already. Terraform plans a
// replacement as if nothing were there, and does not say that it is one: an object that the configuration has never speaks against one new
// claim of its name. Creation looks again, and is strict.
type nameBook struct {
	c *Client

	mu     sync.Mutex
	wanted map[name]string // the id of the object that is to be called so; empty: one that is yet to be made
	had    map[name]bool   // objects of the configuration, by kind and id
	few    few

	folder wire.Lookup[ref] // the instances' folder; none where it was not there yet
	absent int              // the catalogue's turn in which it was missing, and one more; 0: it was not
}

// name is something's name or id, by its kind.
type name struct{ kind, text string }

func newNameBook(c *Client) *nameBook {
	return &nameBook{c: c, wanted: map[name]string{}, had: map[name]bool{}, few: few{done: make(chan struct{})}}
}

// HasObject notes that an object is one of this configuration's: its name is not somebody else's.
func (c *Client) HasObject(kind, id string) {
	c.names.mu.Lock()
	defer c.names.mu.Unlock()
	c.names.had[name{kind, id}] = true
}

// wayOut is how to go on where a name is taken that need not be.
const wayOut = "Where another block of this configuration has it and goes, write a moved block, or destroy that one first"

// ClaimName plans a name for a record: the one whose id is given, or one that is yet to be made. It refuses the second of two in one
// configuration, and a name that something else has which the configuration is not known to have.
func (c *Client) ClaimName(ctx context.Context, kind, text, id string) error {
	holder, err := c.claim(ctx, kind, text, id)
	if err != nil || holder == "" {
		return err
	}
	if kind == NamedKeyPair && c.generated(ctx, text) {
		return generatedElsewhere(text)
	}
	return openstack.Wrong("name", "the %s %q exists already: choose another name. %s\n\n%s", kind, text, openstack.Adopt(typesOf[kind], holder), wayOut)
}

// ClaimInstanceName is ClaimName for an instance, by its VM's managed object id. The error tells what has the name.
func (c *Client) ClaimInstanceName(ctx context.Context, want openstack.Server, moref string) error {
	holder, err := c.claim(ctx, NamedInstance, want.Name, moref)
	if err != nil || holder == "" {
		return err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	taken := c.taken(ctx, vim, &ServerRequest{Server: want})
	var exists *ExistsError
	if errors.As(taken, &exists) {
		exists.Planned = true
	}
	return openstack.Wrong("name", "%w\n\n%s", taken, wayOut)
}

// claim notes who wants a name, and gives the id of who has it and is a stranger.
func (c *Client) claim(ctx context.Context, kind, text, id string) (stranger string, err error) {
	b := c.names
	b.mu.Lock()
	other, claimed := b.wanted[name{kind, text}]
	b.wanted[name{kind, text}] = id
	b.mu.Unlock()
	if claimed && other == "" { // what is there already may be what is made anew
		return "", openstack.Wrong("name", "another %s of this configuration is to be called %q too: names are unique here, so choose another", kind, text)
	}
	holder, err := b.holder(ctx, kind, text)
	if err != nil || holder == id {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.had[name{kind, holder}] {
		return "", nil
	}
	return holder, nil
}

// UnclaimName forgets a plan for a name: it is carried out now, and whether it can be is seen then.
func (c *Client) UnclaimName(kind, text string) {
	c.names.mu.Lock()
	defer c.names.mu.Unlock()
	delete(c.names.wanted, name{kind, text})
}

// holder is the id of what has a name; empty where nothing does.
func (b *nameBook) holder(ctx context.Context, kind, text string) (string, error) {
	if kind == NamedInstance {
		found, err := b.child(ctx, text)
		return found.Value, err
	}
	all, err := b.records(ctx)
	if err != nil || all == nil {
		return "", err
	}
	switch kind {
	case NamedFlavor:
		index, _ := records.Memo(*all, "flavors by name", func() (flavorIndex, error) { return indexFlavors(*all), nil })
		return index.ids[text], nil
	case NamedKeyPair:
		if err := all.Get(keyPairKind, text, &openstack.KeyPair{}); errors.Is(err, openstack.ErrNotFound) {
			return "", nil
		}
		return text, nil
	case NamedServerGroup:
		for _, id := range all.IDs(groupKind) {
			if g, err := records.Peek[openstack.ServerGroup](*all, groupKind, id); err == nil && g.Name == text && g.Project == b.c.Config.Project {
				return id, nil
			}
		}
	case NamedAggregate:
		for _, id := range all.IDs(aggregateKind) {
			if a, err := records.Peek[openstack.Aggregate](*all, aggregateKind, id); err == nil && a.Name == text {
				return id, nil
			}
		}
	}
	return "", nil
}

// records are those of the catalogue; nil where there is none, which is asked once until this process writes something.
func (b *nameBook) records(ctx context.Context) (*records.Set, error) {
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

// fewNames is how many names of new instances a plan looks for, one by one: there is no one question for many, and a list of the folder grows with
// other people's machines. Where none of them is taken, what is beyond is left to the creation; where one is, all are looked for, so that
// whoever has to import what an apply left behind is told of all of it at once.
const fewNames = 4

// few are the first names of instances that are looked for.
type few struct {
	asked, answered int
	taken           bool // by something that the configuration is not known to have
	done            chan struct{}
}

// child is what has a name in the folder that instances are made in. A folder that is not there yet has nothing, and is looked for once.
func (b *nameBook) child(ctx context.Context, text string) (found ref, err error) {
	b.mu.Lock()
	b.few.asked++
	beyond := b.few.asked > fewNames
	b.mu.Unlock()
	if !beyond {
		defer func() { b.answered(found) }()
	} else if !b.fewTaken(ctx) {
		return ref{}, nil
	}
	folder, err := b.folder.Get(func() (ref, error) {
		found, err := b.c.places.folder(ctx, b.c.places.instancesPath(), false)
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

// answered notes what has one of the first names.
func (b *nameBook) answered(found ref) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.few.taken = b.few.taken || found.Value != "" && !b.had[name{NamedInstance, found.Value}]
	if b.few.answered++; b.few.answered == fewNames {
		close(b.few.done)
	}
}

// fewTaken waits until all of the first names have been looked for, and tells whether one of them is taken.
func (b *nameBook) fewTaken(ctx context.Context) bool {
	select {
	case <-b.few.done:
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.few.taken
	case <-ctx.Done():
		return false
	}
}

// childNamed is the child of a folder that has a name.
func (c *Client) childNamed(ctx context.Context, folder ref, text string) (ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return ref{}, err
	}
	res, err := methods.FindChild(ctx, vim, &types.FindChild{This: *vim.ServiceContent.SearchIndex, Entity: folder, Name: wire.EscapeName(text)})
	if err != nil {
		return ref{}, wire.Explain("looking whether the name "+text+" is taken", err)
	}
	return wire.Deref(res.Returnval), nil
}
