// SPDX-License-Identifier: MPL-2.0

package catalogue

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const keyPairKind = "keypair"

// KeyPairs are the key pairs of the catalogue, and of an OpenStack cloud to fall back on.
type KeyPairs struct {
	records *records.Stores
	planned *planned.Memory
	cloud   openstack.Cloud // nil: none
}

// NewKeyPairs returns the KeyPairs of a catalogue without reading any.
func NewKeyPairs(stores *records.Stores, cloud openstack.Cloud, memory *planned.Memory) *KeyPairs {
	return &KeyPairs{records: stores, planned: memory, cloud: cloud}
}

// Create claims a key pair's name and writes its record, in one write.
func (c *KeyPairs) Create(ctx context.Context, k openstack.KeyPair) error {
	return c.records.Catalogue.Claim(ctx, func(all records.Set) error {
		var have openstack.KeyPair
		err := all.Get(keyPairKind, k.Name, &have)
		switch {
		case err == nil && have.Generated:
			return generatedElsewhere(k.Name)
		case err == nil:
			return openstack.AttributeErrorf("name", "the key pair %q exists already: choose another name. %s", k.Name,
				openstack.ImportHint("novasphere_compute_keypair", k.Name))
		case !errors.Is(err, openstack.ErrNotFound):
			return err
		}
		return all.Put(keyPairKind, k.Name, k)
	})
}

// generatedElsewhere returns the error for a name that a generated key pair of another state has. It tells what an import of that is
// worth.
func generatedElsewhere(name string) error {
	return openstack.AttributeErrorf("name", "the key pair %q exists already, and was generated: only the state that made it has its "+
		"private half. Where no state has it, because the apply was stopped before it was written, that half is lost, and the pair has to be "+
		"made anew: import it with the id %q, and run terraform apply with -replace and its address. Where another state has it, choose "+
		"another name", name, name)
}

// generated reports whether the catalogue has a generated key pair of that name.
func (c *KeyPairs) generated(ctx context.Context, name string) bool {
	k, err := c.InCatalogue(ctx, name)
	return err == nil && k.Generated
}

// Find finds a key pair by its name in source, the catalogue or OpenStack; empty: in the catalogue, then in OpenStack. It returns the
// source it was found in. Its ErrNotFound offers the nearest names.
func (c *KeyPairs) Find(ctx context.Context, source, name string) (k openstack.KeyPair, in string, err error) {
	return openstack.Lookup(source, c.cloud,
		func() (openstack.KeyPair, error) { return c.InCatalogue(ctx, name) },
		func() (openstack.KeyPair, error) { return c.inCloud(ctx, name) })
}

// InCatalogue is Find in the catalogue alone.
func (c *KeyPairs) InCatalogue(ctx context.Context, name string) (openstack.KeyPair, error) {
	var k openstack.KeyPair
	all, err := c.records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return k, openstack.NotFound("no key pair %q: this datacenter has none yet", name)
	}
	if err != nil {
		return k, err
	}
	if err = all.Get(keyPairKind, name, &k); errors.Is(err, openstack.ErrNotFound) {
		return k, faults.NoSuch("key pair", name, "the catalogue", all.IDs(keyPairKind))
	}
	return k, err
}

// List returns the key pairs of the catalogue.
func (c *KeyPairs) List(ctx context.Context) ([]openstack.KeyPair, error) {
	all, err := c.records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return records.All[openstack.KeyPair](all, keyPairKind)
}

// CheckPlanned checks that a key pair of that name exists or is planned. Its error offers the nearest names.
func (c *KeyPairs) CheckPlanned(ctx context.Context, name string) error {
	if _, planned := c.planned.KeyPairs.Find(name); planned {
		return nil
	}
	_, _, err := c.Find(ctx, "", name)
	return err
}

// Read reads a key pair that must exist: a missing catalogue is an error here, not an empty one.
func (c *KeyPairs) Read(ctx context.Context, name string) (openstack.KeyPair, error) {
	var k openstack.KeyPair
	all, err := c.records.Catalogue.View(ctx)
	if err != nil {
		return k, records.Known("key pair", name, err)
	}
	return k, all.Get(keyPairKind, name, &k)
}

// Delete removes the record. Instances made with the key keep it.
func (c *KeyPairs) Delete(ctx context.Context, name string) error {
	err := c.records.Catalogue.Update(ctx, func(all records.Set) error {
		if err := all.Get(keyPairKind, name, &openstack.KeyPair{}); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		all.Drop(keyPairKind, name)
		return nil
	})
	return records.Known("key pair", name, err)
}

func (c *KeyPairs) inCloud(ctx context.Context, name string) (openstack.KeyPair, error) {
	all, err := c.cloud.KeyPairs(ctx)
	if err != nil {
		return openstack.KeyPair{}, err
	}
	names := make([]string, len(all))
	for i, k := range all {
		if names[i] = k.Name; k.Name == name {
			return k, nil
		}
	}
	return openstack.KeyPair{}, faults.NoSuch("key pair", name, openstack.TheCloud(c.cloud), names)
}

// keyPairNamed returns the id of the key pair of a name, which is the name itself; empty if there is none.
func keyPairNamed(all records.Set, name string) string {
	if err := all.Get(keyPairKind, name, &openstack.KeyPair{}); errors.Is(err, openstack.ErrNotFound) {
		return ""
	}
	return name
}
