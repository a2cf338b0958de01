package vcenter

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// flavorCategory holds one vSphere tag per flavor. It is never deleted: that would take other workspaces' tags along.
const flavorCategory = "novasphere-flavor"

// labels attaches vSphere tags for people and other tools to see. A label is never the record of anything.
type labels struct {
	c      *Client
	attach wire.Batch[labelling, struct{}]

	mu   sync.Mutex
	tags map[string]string // flavor id -> tag id, as made or found by this process

	bearers sync.Map // the *lookup of the machines that bear a flavor's tag, by the flavor's id

	begun map[ref]*beginning // machines that will be labelled, whom LabelServer has not asked about yet
}

// beginning is a label that goes along with the next.
type beginning struct {
	labelling
	sent bool
	done chan error
}

// begin notes a label that is wanted for a VM which is still being looked at: it goes along with the first that somebody waits for, so that
// machines of the same moment are labelled in one call.
func (l *labels) begin(vm ref, flavor openstack.Flavor) {
	if flavor.ID == "" || flavor.Cloud != "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun[vm] = &beginning{labelling: labelling{flavor, vm}, done: make(chan error, 1)}
}

// put attaches the flavor's tag to a VM, and all that has been begun.
func (l *labels) put(ctx context.Context, vm ref, flavor openstack.Flavor) error {
	mine := l.sendBegun(ctx, vm)
	if mine == nil || mine.flavor.ID != flavor.ID {
		_, err := l.attach.Ask(ctx, labelling{flavor, vm})
		return err
	}
	select {
	case err := <-mine.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sendBegun sends every label that waits, and gives the one of a VM, nil where none has been begun.
func (l *labels) sendBegun(ctx context.Context, vm ref) *beginning {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.begun {
		if !b.sent {
			b.sent = true
			go func() {
				_, err := l.attach.Ask(context.WithoutCancel(ctx), b.labelling)
				b.done <- err
			}()
		}
	}
	mine := l.begun[vm]
	delete(l.begun, vm)
	return mine
}

// labelling asks for a flavor's tag on a VM.
type labelling struct {
	flavor openstack.Flavor
	vm     ref
}

func newLabels(c *Client) *labels {
	l := &labels{c: c, tags: map[string]string{}, begun: map[ref]*beginning{}}
	l.attach.Do, l.attach.Changes = l.attachAll, true
	return l
}

// LabelServer attaches the flavor's tag to the VM and takes the former flavor's away. former may be the zero flavor. A flavor of
// OpenStack has no tag: it has no record that would remember it, and no deletion that would take it away again.
func (c *Client) LabelServer(ctx context.Context, moref string, flavor, former openstack.Flavor) error {
	vm := ref{Type: "VirtualMachine", Value: moref}
	if former.ID != "" && former.ID != flavor.ID {
		if err := c.labels.detach(ctx, former, vm); err != nil {
			return fmt.Errorf("taking the tag of flavor %s off the VM: %w", former.Name, wire.WithoutRequest(wire.BareRefusal(err)))
		}
	}
	if flavor.Cloud != "" {
		return nil
	}
	if err := c.labels.put(ctx, vm, flavor); err != nil {
		return fmt.Errorf("attaching the tag of flavor %s to the VM: %w", flavor.Name, wire.WithoutRequest(wire.BareRefusal(err)))
	}
	return nil
}

// KeepLabel attaches the flavor's tag to a VM that should have it and does not: somebody took it off or deleted it, or it could not be
// attached before. Which machines bear a flavor's tag is asked once.
func (c *Client) KeepLabel(ctx context.Context, moref string, flavor openstack.Flavor) error {
	if flavor.ID == "" || flavor.Cloud != "" {
		return nil
	}
	vm := ref{Type: "VirtualMachine", Value: moref}
	fresh := &wire.Lookup[map[ref]bool]{}
	found, _ := c.labels.bearers.LoadOrStore(flavor.ID, fresh)
	once, _ := found.(*wire.Lookup[map[ref]bool])
	borne, err := once.Get(func() (map[ref]bool, error) { return c.labels.borneBy(ctx, flavor) })
	if err != nil {
		return fmt.Errorf("looking which VMs have the tag of flavor %s: %w", flavor.Name, wire.WithoutRequest(wire.BareRefusal(err)))
	}
	if borne[vm] {
		return nil
	}
	return c.LabelServer(ctx, moref, flavor, openstack.Flavor{})
}

// borneBy are the machines that bear a flavor's tag.
func (l *labels) borneBy(ctx context.Context, flavor openstack.Flavor) (map[ref]bool, error) {
	out := map[ref]bool{}
	if flavor.TagID == "" || flavor.TagID == tagToCome {
		return out, nil
	}
	api, err := l.c.wire.API(ctx)
	if err != nil {
		return nil, err
	}
	all, err := tags.NewManager(api).ListAttachedObjects(ctx, flavor.TagID)
	if err != nil && !wire.RESTNotFound(err) {
		return nil, err
	}
	for _, one := range all {
		out[one.Reference()] = true
	}
	return out, nil
}

// attachAll attaches one tag to many machines in one call per flavor.
func (l *labels) attachAll(ctx context.Context, asked []labelling) []wire.Outcome[struct{}] {
	api, err := l.c.wire.API(ctx)
	if err != nil {
		return wire.AllFailed[struct{}](len(asked), err)
	}
	manager := tags.NewManager(api)
	groups := map[string][]int{}
	for i, a := range asked {
		groups[a.flavor.ID] = append(groups[a.flavor.ID], i)
	}
	out := make([]wire.Outcome[struct{}], len(asked))
	for _, members := range groups {
		flavor := asked[members[0]].flavor
		vms := make([]mo.Reference, len(members))
		for i, m := range members {
			vms[i] = asked[m].vm
		}
		err := l.attachOne(ctx, manager, flavor, vms)
		for _, m := range members {
			out[m].Err = err
		}
	}
	return out
}

func (l *labels) attachOne(ctx context.Context, manager *tags.Manager, flavor openstack.Flavor, vms []mo.Reference) error {
	tag, made, err := l.tag(ctx, manager, flavor, "")
	if err == nil {
		err = manager.AttachTagToMultipleObjects(ctx, tag, vms)
	}
	if wire.RESTNotFound(err) {
		l.forget(flavor.ID) // somebody deleted the tag: make it again
		flavor.TagID = ""
		if tag, made, err = l.tag(ctx, manager, flavor, tag); err == nil {
			err = manager.AttachTagToMultipleObjects(ctx, tag, vms)
		}
	}
	if err != nil && made && !wire.OutcomeUnknown(err) {
		l.unmake(ctx, manager, flavor.ID, tag)
	}
	return err
}

// unmake takes away a tag that was just made and could not be attached: nobody would ever miss it, or delete it.
func (l *labels) unmake(ctx context.Context, manager *tags.Manager, flavorID, tag string) {
	ctx = context.WithoutCancel(ctx)
	if bearers, err := manager.ListAttachedObjects(ctx, tag); err != nil || len(bearers) > 0 {
		return
	}
	if err := manager.DeleteTag(ctx, &tags.Tag{ID: tag}); err == nil {
		l.forget(flavorID)
		_ = l.remember(ctx, flavorID, "") // where that fails, the next attachment finds that it is gone
	}
}

// tag is the id of a flavor's tag, made when there is none, or none but one that is deleted; the flavor's record remembers it for the next
// process.
func (l *labels) tag(ctx context.Context, manager *tags.Manager, flavor openstack.Flavor, deleted string) (id string, made bool,
	err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id, ok := l.tags[flavor.ID]; ok {
		return id, false, nil
	}
	if id = flavor.TagID; id == "" || id == tagToCome {
		if id, err = l.intend(ctx, flavor.ID, deleted); err != nil {
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
		if err := l.remember(ctx, flavor.ID, id); err != nil {
			return id, made, err
		}
	}
	l.tags[flavor.ID] = id
	return id, made, nil
}

// tagToCome is noted as the id of a flavor's tag before it is made, so that a tag is not left over whose id nobody came to note.
const tagToCome = "?"

// intend notes that a flavor's tag is being made, and gives the id of the one it has, or tagToCome.
func (l *labels) intend(ctx context.Context, flavorID, deleted string) (id string, err error) {
	err = l.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
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
func (l *labels) remember(ctx context.Context, flavorID, tag string) error {
	return l.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		var f openstack.Flavor
		if err := all.Get(flavorKind, flavorID, &f); err != nil {
			return err
		}
		f.TagID = tag
		return all.Put(flavorKind, flavorID, f)
	})
}

func (l *labels) forget(flavorID string) {
	l.mu.Lock()
	delete(l.tags, flavorID)
	l.mu.Unlock()
}

// keep and known remember the tag of a flavor id within this process.
func (l *labels) keep(flavorID, tag string) {
	l.mu.Lock()
	l.tags[flavorID] = tag
	l.mu.Unlock()
}

func (l *labels) known(flavorID string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tags[flavorID]
}

// ensureCategory makes the category, or finds the one that is there: the API has no look-up by name.
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

// findCategory is the id of the category; empty where there is none.
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

// findTag is the id of the tag of a name; empty where there is none.
func findTag(ctx context.Context, manager *tags.Manager, category, name string) (string, error) {
	all, err := manager.GetTagsForCategory(ctx, category)
	for _, tag := range all {
		if tag.Name == name {
			return tag.ID, nil
		}
	}
	return "", err
}

func (l *labels) detach(ctx context.Context, flavor openstack.Flavor, vm ref) error {
	current, err := l.c.CatalogueFlavor(ctx, flavor.ID, "")
	if errors.Is(err, openstack.ErrNotFound) || err == nil && (current.TagID == "" || current.TagID == tagToCome) {
		return nil // the flavor is gone, and its tag with it
	}
	if err != nil {
		return err
	}
	api, err := l.c.wire.API(ctx)
	if err != nil {
		return err
	}
	err = tags.NewManager(api).DetachTag(ctx, current.TagID, vm)
	if wire.RESTNotFound(err) {
		return nil
	}
	return err
}

// remove deletes a flavor's tag where nothing bears it. A vCenter has one tag of a name for all of its datacenters: while another
// one's instances bear it, or those of a flavor that is being replaced, it stays, and the flavor that is made in its place
// knows it.
func (l *labels) remove(ctx context.Context, flavor openstack.Flavor) error {
	flavorID, tag := flavor.ID, flavor.TagID
	l.forget(flavorID)
	api, err := l.c.wire.API(ctx)
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
	borne, err := l.anyExists(ctx, bearers)
	if err != nil {
		return err
	}
	if borne {
		l.keep(flavorID, tag)
		return nil
	}
	if err = manager.DeleteTag(ctx, &tags.Tag{ID: tag}); wire.RESTNotFound(err) {
		return nil
	}
	return err
}

// anyExists says that one of the objects is still there: a tag may be listed on what was destroyed.
func (l *labels) anyExists(ctx context.Context, bearers []mo.Reference) (bool, error) {
	questions := make([]wire.PropertyQuery, len(bearers))
	for i, bearer := range bearers {
		questions[i] = wire.PropertyQuery{Object: bearer.Reference(), Paths: []string{"name"}}
	}
	found, err := l.c.wire.Retrieve(ctx, questions)
	return len(found) > 0, err
}
