// SPDX-License-Identifier: MPL-2.0

package catalogue

import (
	"context"
	"fmt"
	"sync"

	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// flavorCategory is the tag category with one vSphere tag per flavor. It is never deleted, since that would delete other workspaces'
// tags.
const flavorCategory = "novasphere-flavor"

// flavorTags makes and removes the tags of flavors, and caches their ids.
type flavorTags struct {
	wire    *wire.Conn
	records *records.Stores

	mu  sync.Mutex
	ids map[string]string // tag ids by flavor id, as made or found by this process
}

// unmake deletes a tag that was just made and could not be attached, since nothing else ever would.
func (t *flavorTags) unmake(ctx context.Context, manager *tags.Manager, flavorID, tag string) {
	ctx = context.WithoutCancel(ctx)
	if bearers, err := manager.ListAttachedObjects(ctx, tag); err != nil || len(bearers) > 0 {
		return
	}
	if err := manager.DeleteTag(ctx, &tags.Tag{ID: tag}); err == nil {
		t.forget(flavorID)
		_ = t.remember(ctx, flavorID, "") // if that fails, the next attachment finds the tag gone
	}
}

// id returns the id of a flavor's tag. It makes the tag if there is none, or only the deleted one, and notes its id in the flavor's
// record for the next process.
func (t *flavorTags) id(ctx context.Context, manager *tags.Manager, flavor openstack.Flavor, deleted string) (id string, made bool,
	err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, ok := t.ids[flavor.ID]; ok {
		return id, false, nil
	}
	if id = flavor.TagID; id == "" || id == tagToCome {
		if id, err = t.intend(ctx, flavor.ID, deleted); err != nil {
			return "", false, err
		}
	}
	if id == tagToCome {
		category, err := ensureCategory(ctx, manager)
		if err != nil {
			return "", false, err
		}
		if id, made, err = ensureTag(ctx, manager, category, flavor.Name); err != nil {
			return "", false, err
		}
		if err := t.remember(ctx, flavor.ID, id); err != nil {
			return id, made, err
		}
	}
	t.ids[flavor.ID] = id
	return id, made, nil
}

// tagToCome is recorded as the id of a flavor's tag before it is made, so that no tag is left over if the process ends before its id is
// recorded.
const tagToCome = "?"

// intend records that a flavor's tag is being made, and returns the id that it has, or tagToCome.
func (t *flavorTags) intend(ctx context.Context, flavorID, deleted string) (id string, err error) {
	err = t.records.Catalogue.Update(ctx, func(all records.Set) error {
		var f openstack.Flavor
		if err := all.Get(flavorKind, flavorID, &f); err != nil {
			return err
		}
		if f.TagID == "" || f.TagID == deleted {
			f.TagID = tagToCome
		}
		id = f.TagID
		return all.Put(flavorKind, flavorID, f)
	})
	return id, err
}

// remember writes the tag's id into the flavor's record.
func (t *flavorTags) remember(ctx context.Context, flavorID, tag string) error {
	return t.records.Catalogue.Update(ctx, func(all records.Set) error {
		var f openstack.Flavor
		if err := all.Get(flavorKind, flavorID, &f); err != nil {
			return err
		}
		f.TagID = tag
		return all.Put(flavorKind, flavorID, f)
	})
}

func (t *flavorTags) forget(flavorID string) {
	t.mu.Lock()
	delete(t.ids, flavorID)
	t.mu.Unlock()
}

// keep and known cache the tag id of a flavor within this process.
func (t *flavorTags) keep(flavorID, tag string) {
	t.mu.Lock()
	t.ids[flavorID] = tag
	t.mu.Unlock()
}

func (t *flavorTags) known(flavorID string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ids[flavorID]
}

// ensureCategory makes the category, or finds the existing one: the API has no look-up by name.
func ensureCategory(ctx context.Context, manager *tags.Manager) (string, error) {
	id, err := manager.CreateCategory(ctx, &tags.Category{
		Name: flavorCategory, Description: "The flavor of a virtual machine, as terraform-provider-novasphere made it. A label only: the " +
			"record is in the catalogue.",
		Cardinality: "SINGLE", AssociableTypes: []string{"VirtualMachine"},
	})
	if !wire.AlreadyExists(err) {
		return id, err
	}
	if id, err = findCategory(ctx, manager); err == nil && id == "" {
		err = fmt.Errorf("the tag category %q exists, but this user may not see it", flavorCategory)
	}
	return id, err
}

// findCategory returns the id of the category; empty if there is none.
func findCategory(ctx context.Context, manager *tags.Manager) (string, error) {
	all, err := manager.GetCategories(ctx)
	for _, category := range all {
		if category.Name == flavorCategory {
			return category.ID, nil
		}
	}
	return "", err
}

func ensureTag(ctx context.Context, manager *tags.Manager, category, name string) (id string, made bool, err error) {
	id, err = manager.CreateTag(ctx, &tags.Tag{Name: name, CategoryID: category, Description: "Flavor " + name})
	if !wire.AlreadyExists(err) {
		return id, err == nil, err
	}
	if id, err = findTag(ctx, manager, category, name); err == nil && id == "" {
		err = fmt.Errorf("the tag %q of category %q exists, but this user may not see it", name, flavorCategory)
	}
	return id, false, err
}

// findTag returns the id of the tag of a name; empty if there is none.
func findTag(ctx context.Context, manager *tags.Manager, category, name string) (string, error) {
	all, err := manager.GetTagsForCategory(ctx, category)
	for _, tag := range all {
		if tag.Name == name {
			return tag.ID, nil
		}
	}
	return "", err
}

// remove deletes a flavor's tag if no VM has it. A vCenter has one tag of a name for all of its datacenters: while instances of another
// datacenter have it, or those of a flavor being replaced, it stays, and keep notes it for the flavor made in its place.
func (t *flavorTags) remove(ctx context.Context, flavor openstack.Flavor) error {
	flavorID, tag := flavor.ID, flavor.TagID
	t.forget(flavorID)
	api, err := t.wire.API(ctx)
	if err != nil {
		return err
	}
	manager := tags.NewManager(api)
	if tag == tagToCome {
		category, err := findCategory(ctx, manager)
		if err != nil || category == "" {
			return err
		}
		if tag, err = findTag(ctx, manager, category, flavor.Name); err != nil || tag == "" {
			return err
		}
	}
	bearers, err := manager.ListAttachedObjects(ctx, tag)
	if wire.RESTNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	borne, err := t.anyExists(ctx, bearers)
	if err != nil {
		return err
	}
	if borne {
		t.keep(flavorID, tag)
		return nil
	}
	if err = manager.DeleteTag(ctx, &tags.Tag{ID: tag}); wire.RESTNotFound(err) {
		return nil
	}
	return err
}

// anyExists reports whether one of the objects still exists, since a tag may be listed on destroyed ones.
func (t *flavorTags) anyExists(ctx context.Context, bearers []mo.Reference) (bool, error) {
	questions := make([]property.Query, len(bearers))
	for i, bearer := range bearers {
		questions[i] = property.Query{Object: bearer.Reference(), Paths: []string{"name"}}
	}
	found, err := t.wire.Retrieve(ctx, questions)
	return len(found) > 0, err
}
