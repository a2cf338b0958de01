// Package catalogue keeps flavors and key pairs as records, attaches the flavors' tags to machines, and knows which names are taken.
package catalogue

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Flavors are those of the catalogue, and of the OpenStack cloud that is looked into beside it.
type Flavors struct {
	records *records.Stores
	planned *planned.Memory
	cloud   openstack.Cloud // nil: none
	tags    *flavorTags
}

// NewFlavors prepares the flavors of a catalogue without reading any.
func NewFlavors(conn *wire.Conn, stores *records.Stores, cloud openstack.Cloud, memory *planned.Memory) *Flavors {
	return &Flavors{records: stores, planned: memory, cloud: cloud,
		tags: &flavorTags{wire: conn, records: stores, ids: map[string]string{}}}
}

// AsPlanned is the flavor as it will be: as this process planned it, else as Find finds it.
// Either of id and name may be empty.
func (c *Flavors) AsPlanned(ctx context.Context, id, name string) (openstack.Flavor, error) {
	if f, planned := c.planned.Flavors.Lookup(id, name); planned {
		return f, nil
	}
	return c.Find(ctx, id, name)
}

// Find finds a flavor by id, by name or by both: in the catalogue, then in OpenStack. ErrNotFound comes with the nearest names.
func (c *Flavors) Find(ctx context.Context, id, name string) (openstack.Flavor, error) {
	f, _, err := openstack.Lookup("", c.cloud,
		func() (openstack.Flavor, error) { return c.InCatalogue(ctx, id, name) },
		func() (openstack.Flavor, error) { return c.InCloud(ctx, id, name) })
	return f, err
}

// InCatalogue is Find in the catalogue alone.
func (c *Flavors) InCatalogue(ctx context.Context, id, name string) (openstack.Flavor, error) {
	var f openstack.Flavor
	all, err := c.records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return f, openstack.NotFound("no flavor %q: this datacenter has no flavors yet", id+name)
	}
	if err != nil {
		return f, err
	}
	if id != "" {
		if err := all.Get(flavorKind, id, &f); !errors.Is(err, openstack.ErrNotFound) {
			if err == nil && name != "" && f.Name != name {
				err = openstack.Contradiction("the flavor with the id %q is called %q, not %q", id, f.Name, name)
			}
			return f, err
		}
	}
	return flavorByName(all, id, name)
}

// List gives every flavor, smallest first.
func (c *Flavors) List(ctx context.Context) ([]openstack.Flavor, error) {
	all, err := c.records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []openstack.Flavor
	for _, id := range all.IDs(flavorKind) {
		var f openstack.Flavor
		if err := all.Get(flavorKind, id, &f); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	openstack.SortFlavors(out)
	return out, nil
}

// Read reads a flavor that is known to exist: a missing catalogue is an error here, not an empty one.
func (c *Flavors) Read(ctx context.Context, id string) (openstack.Flavor, error) {
	var f openstack.Flavor
	all, err := c.records.Catalogue.View(ctx)
	if err != nil {
		return f, records.Known("flavor", id, err)
	}
	return f, all.Get(flavorKind, id, &f)
}

// Create claims the flavor's name and id and writes its record, in one write. Its label follows.
func (c *Flavors) Create(ctx context.Context, f openstack.Flavor) (openstack.Flavor, error) {
	f.TagID = c.tags.known(f.ID) // of the flavor that it replaces
	err := c.records.Catalogue.Claim(ctx, func(all records.Set) error {
		for _, id := range all.IDs(flavorKind) {
			other, err := records.Peek[openstack.Flavor](all, flavorKind, id)
			if err != nil {
				if id == f.ID {
					return err
				}
				continue // somebody's broken record must not stop this one
			}
			if other.Name == f.Name {
				return openstack.AttributeErrorf("name", "the flavor %q exists already: choose another name. %s", f.Name,
					openstack.ImportHint("novasphere_compute_flavor", other.ID))
			}
			if other.ID == f.ID {
				return openstack.AttributeErrorf("flavor_id", "the flavor id %q belongs to the flavor %q: choose another", f.ID, other.Name)
			}
		}
		return all.Put(flavorKind, f.ID, f)
	})
	return f, err
}

// Update changes what a flavor may change: description, extra specs, and what has no effect anyway.
func (c *Flavors) Update(ctx context.Context, f openstack.Flavor) (openstack.Flavor, error) {
	err := c.records.Catalogue.Update(ctx, func(all records.Set) error {
		var have openstack.Flavor
		if err := all.Get(flavorKind, f.ID, &have); err != nil {
			return err
		}
		f.TagID = have.TagID
		return all.Put(flavorKind, f.ID, f)
	})
	return f, records.Known("flavor", f.ID, err)
}

// Delete takes the label off every VM that has it, then removes the record: nobody would know of a label without one.
func (c *Flavors) Delete(ctx context.Context, id string) error {
	known, err := c.Read(ctx, id)
	if err == nil && known.TagID != "" {
		err = faults.BareRefusal(c.tags.remove(ctx, known))
	}
	// what has no record any more is told below: it may be that there is no catalogue
	if err != nil && !errors.Is(err, openstack.ErrNotFound) {
		return records.Known("flavor", id, err)
	}
	var last openstack.Flavor
	err = c.records.Catalogue.Update(ctx, func(all records.Set) error {
		last = openstack.Flavor{}
		if err := all.Get(flavorKind, id, &last); err != nil {
			return err
		}
		all.Drop(flavorKind, id)
		return nil
	})
	if err != nil || last.TagID == "" || last.TagID == known.TagID {
		return records.Known("flavor", id, err)
	}
	return faults.BareRefusal(c.tags.remove(ctx, last)) // made meanwhile, for an instance of this flavor
}

// ListCloud gives every flavor of the cloud, smallest first.
func (c *Flavors) ListCloud(ctx context.Context) ([]openstack.Flavor, error) {
	all, err := c.cloud.Flavors(ctx)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(all)
	for i := range out {
		out[i].Cloud = c.cloud.Name()
	}
	return out, nil
}

// InCloud finds a flavor of the cloud by id, by name or by both. ErrNotFound comes with the nearest names.
func (c *Flavors) InCloud(ctx context.Context, id, name string) (openstack.Flavor, error) {
	all, err := c.ListCloud(ctx)
	if err != nil {
		return openstack.Flavor{}, err
	}
	var names []string
	for _, f := range all {
		switch {
		case id != "" && f.ID == id && name != "" && f.Name != name:
			return openstack.Flavor{}, openstack.NotFound("flavor %s of %s is called %q, not %q", id, openstack.TheCloud(c.cloud), f.Name, name)
		case id != "" && f.ID == id, id == "" && f.Name == name:
			return f, nil
		}
		names = append(names, f.Name)
	}
	wanted := name
	if wanted == "" {
		wanted = id
	}
	return openstack.Flavor{}, faults.NoSuch("flavor", wanted, openstack.TheCloud(c.cloud), names)
}
