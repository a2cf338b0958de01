// SPDX-License-Identifier: MPL-2.0

package catalogue

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Labels attaches vSphere tags, each named after a flavor, for people and other tools to see. No decision depends on a tag.
type Labels struct {
	wire    *wire.Conn
	flavors *Flavors
	tags    *flavorTags
	attach  wire.Batch[labelling, struct{}]

	bearers sync.Map // the *wire.Lookup of the VMs with a flavor's tag, by the flavor's id

	mu    sync.Mutex
	begun map[ref]*beginning // VMs to be labelled for which Attach has not been called yet
}

// beginning is a label that is sent along with the next one.
type beginning struct {
	labelling
	sent bool
	done chan error
}

// Begin notes a label for a VM that is still being made or read. It is sent along with the first label that Attach waits for, so that
// VMs made at the same moment are labelled in one call.
func (l *Labels) Begin(vm ref, flavor openstack.Flavor) {
	if flavor.ID == "" || flavor.Cloud != "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun[vm] = &beginning{labelling: labelling{flavor, vm}, done: make(chan error, 1)}
}

// put attaches the flavor's tag to a VM, and sends all labels noted by Begin.
func (l *Labels) put(ctx context.Context, vm ref, flavor openstack.Flavor) error {
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

// sendBegun sends every label noted by Begin, and returns that of a VM; nil if it has none.
func (l *Labels) sendBegun(ctx context.Context, vm ref) *beginning {
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

// NewLabels returns the Labels of flavors without reading any.
func NewLabels(flavors *Flavors) *Labels {
	l := &Labels{wire: flavors.tags.wire, flavors: flavors, tags: flavors.tags, begun: map[ref]*beginning{}}
	l.attach.Do, l.attach.Changes = l.attachAll, true
	return l
}

// Attach attaches the flavor's tag to the VM and detaches the former flavor's. former may be the zero flavor. A flavor of OpenStack has
// no tag, since it has no record to note the tag in, and no deletion that would delete it.
func (l *Labels) Attach(ctx context.Context, moref string, flavor, former openstack.Flavor) error {
	vm := ref{Type: "VirtualMachine", Value: moref}
	if former.ID != "" && former.ID != flavor.ID {
		if err := l.detach(ctx, former, vm); err != nil {
			return fmt.Errorf("taking the tag of flavor %s off the VM: %w", former.Name, faults.WithoutRequest(faults.BareRefusal(err)))
		}
	}
	if flavor.Cloud != "" {
		return nil
	}
	if err := l.put(ctx, vm, flavor); err != nil {
		return fmt.Errorf("attaching the tag of flavor %s to the VM: %w", flavor.Name, faults.WithoutRequest(faults.BareRefusal(err)))
	}
	return nil
}

// Keep attaches the flavor's tag to a VM that lacks it, because it was detached or deleted outside Terraform or could not be attached
// before. It asks once per flavor which VMs have the tag.
func (l *Labels) Keep(ctx context.Context, moref string, flavor openstack.Flavor) error {
	if flavor.ID == "" || flavor.Cloud != "" {
		return nil
	}
	vm := ref{Type: "VirtualMachine", Value: moref}
	fresh := &wire.Lookup[map[ref]bool]{}
	found, _ := l.bearers.LoadOrStore(flavor.ID, fresh)
	once, _ := found.(*wire.Lookup[map[ref]bool])
	borne, err := once.Get(func() (map[ref]bool, error) { return l.borneBy(ctx, flavor) })
	if err != nil {
		return fmt.Errorf("looking which VMs have the tag of flavor %s: %w", flavor.Name, faults.WithoutRequest(faults.BareRefusal(err)))
	}
	if borne[vm] {
		return nil
	}
	return l.Attach(ctx, moref, flavor, openstack.Flavor{})
}

// borneBy returns the VMs that have a flavor's tag.
func (l *Labels) borneBy(ctx context.Context, flavor openstack.Flavor) (map[ref]bool, error) {
	out := map[ref]bool{}
	if flavor.TagID == "" || flavor.TagID == tagToCome {
		return out, nil
	}
	api, err := l.wire.API(ctx)
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

// attachAll attaches tags to many VMs, with one call per flavor.
func (l *Labels) attachAll(ctx context.Context, asked []labelling) []wire.Outcome[struct{}] {
	api, err := l.wire.API(ctx)
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

func (l *Labels) attachOne(ctx context.Context, manager *tags.Manager, flavor openstack.Flavor, vms []mo.Reference) error {
	tag, made, err := l.tags.id(ctx, manager, flavor, "")
	if err == nil {
		err = manager.AttachTagToMultipleObjects(ctx, tag, vms)
	}
	if wire.RESTNotFound(err) {
		l.tags.forget(flavor.ID) // deleted outside Terraform: make it again
		flavor.TagID = ""
		if tag, made, err = l.tags.id(ctx, manager, flavor, tag); err == nil {
			err = manager.AttachTagToMultipleObjects(ctx, tag, vms)
		}
	}
	if err != nil && made && !faults.OutcomeUnknown(err) {
		l.tags.unmake(ctx, manager, flavor.ID, tag)
	}
	return err
}

func (l *Labels) detach(ctx context.Context, flavor openstack.Flavor, vm ref) error {
	current, err := l.flavors.InCatalogue(ctx, flavor.ID, "")
	if errors.Is(err, openstack.ErrNotFound) || err == nil && (current.TagID == "" || current.TagID == tagToCome) {
		return nil // the flavor is gone, and its tag with it
	}
	if err != nil {
		return err
	}
	api, err := l.wire.API(ctx)
	if err != nil {
		return err
	}
	err = tags.NewManager(api).DetachTag(ctx, current.TagID, vm)
	if wire.RESTNotFound(err) {
		return nil
	}
	return err
}
