// SPDX-License-Identifier: MPL-2.0

// Package catalogue keeps flavors and key pairs as records, attaches the flavors' tags to VMs, and finds which names are taken.
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

// Flavors are the flavors of the catalogue, and of an OpenStack cloud to fall back on.
type Flavors struct {
	records *records.Stores
	planned *planned.Memory
	cloud   openstack.Cloud // nil: none
	tags    *flavorTags
}

// NewFlavors returns the Flavors of a catalogue without reading any.
func NewFlavors(conn *wire.Conn, stores *records.Stores, cloud openstack.Cloud, memory *planned.Memory) *Flavors {
	return &Flavors{records: stores, planned: memory, cloud: cloud,
		tags: &flavorTags{wire: conn, records: stores, ids: map[string]string{}}}
}

// AsPlanned returns the flavor as this process planned it, else as Find finds it. Either of id and name may be empty.
func (c *Flavors) AsPlanned(ctx context.Context, id, name string) (openstack.Flavor, error) {
	if f, planned := c.planned.Flavors.Lookup(id, name); planned {
		return f, nil
	}
	return c.Find(ctx, id, name)
}

// Find finds a flavor by id, by name or by both: in the catalogue, then in OpenStack. Its ErrNotFound offers the nearest names.
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

// List returns every flavor, smallest first.
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

// Read reads a flavor that must exist: a missing catalogue is an error here, not an empty one.
func (c *Flavors) Read(ctx context.Context, id string) (openstack.Flavor, error) {
	var f openstack.Flavor
	all, err := c.records.Catalogue.View(ctx)
	if err != nil {
		return f, records.Known("flavor", id, err)
	}
	return f, all.Get(flavorKind, id, &f)
}

// Create claims the flavor's name and id and writes its record, in one write. Its tag is made with the first instance.
func (c *Flavors) Create(ctx context.Context, f openstack.Flavor) (openstack.Flavor, error) {
	f.TagID = c.tags.known(f.ID) // of the flavor that it replaces
	err := c.records.Catalogue.Claim(ctx, func(all records.Set) error {
		for _, id := range all.IDs(flavorKind) {
			other, err := records.Peek[openstack.Flavor](all, flavorKind, id)
			if err != nil {
				if id == f.ID {
					return err
				}
				continue // another flavor's broken record must not prevent this one
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

// Update changes what may change of a flavor: description, extra specs, and fields without effect.
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

// Delete deletes the flavor's tag, unless a VM still has it, and then the record, without which nothing would know the tag.
func (c *Flavors) Delete(ctx context.Context, id string) error {
	known, err := c.Read(ctx, id)
	if err == nil && known.TagID != "" {
		err = faults.BareRefusal(c.tags.remove(ctx, known))
	}
	// a missing record is handled below, where it may mean that there is no catalogue
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

// ListCloud returns every flavor of the cloud, smallest first.
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

// InCloud finds a flavor of the cloud by id, by name or by both. Its ErrNotFound offers the nearest names.
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
