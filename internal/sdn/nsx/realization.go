// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// NSX answers a write before it has carried it out. What it has realized of one object is asked by the object's path. All ports of a
// segment that wait are looked for by one search, which lags a little; one that the search does not find in time is asked for by its path.

const (
	firstLook   = 100 * time.Millisecond // between two looks at first
	longestLook = time.Second
	searchLag   = 5 * time.Second  // after which the search is not waited for any more
	alarmDelay  = 10 * time.Second // how long the reason of a failure may come after it (vmware-nsxlib)
)

// awaitSegment waits until a segment is realized, and returns the UUID of its logical switch.
func (b *Backend) awaitSegment(ctx context.Context, n openstack.Network) (string, error) {
	all, err := b.await(ctx, b.api.Noun(n.SegmentPath), func(time.Duration) ([]policy.RealizedEntity, error) {
		return b.entities(ctx, n.SegmentPath)
	})
	return policy.LogicalSwitch(all), err
}

// awaitPort waits until a segment port is realized. openstack.ErrNotFound: NSX does not have it.
func (b *Backend) awaitPort(ctx context.Context, segment, id string) error {
	path := b.root.SegmentPort(segment, id)
	_, err := b.await(ctx, "port "+id, func(since time.Duration) ([]policy.RealizedEntity, error) {
		all, err := b.searched(segment).ask(ctx, path)
		is := policy.Realize(all).Stage
		if err == nil && (is == policy.Done || is == policy.Waiting && since < searchLag) {
			return all, nil
		}
		if all, err = b.entities(ctx, path); err == nil && len(all) == 0 {
			err = b.api.Get(ctx, path, nil)
		}
		return all, err
	})
	return err
}

// await looks until all entities of an object are realized, and returns them. what names the object in errors.
func (b *Backend) await(ctx context.Context, what string, look func(since time.Duration) ([]policy.RealizedEntity, error)) (
	[]policy.RealizedEntity, error) {
	begun, failed := time.Now(), time.Time{}
	for between := firstLook; ; between = min(2*between, longestLook) {
		all, err := look(time.Since(begun))
		if err != nil {
			return nil, err
		}
		is := policy.Realize(all)
		if is.Stage == policy.Unexplained && failed.IsZero() {
			failed = time.Now()
		}
		switch {
		case is.Stage == policy.Done:
			return all, nil
		case is.Stage == policy.Failed || is.Stage == policy.Unexplained && time.Since(failed) > alarmDelay:
			return nil, fmt.Errorf("the %s is stored in NSX, but it is not in force: %s", what, is.Reason)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the %s is stored in NSX, and NSX has not realized it yet: apply again, and look at the alarms of NSX where "+
				"that does not help: %w", what, ctx.Err())
		case <-time.After(between):
		}
	}
}

// entities returns what NSX has made of an object.
func (b *Backend) entities(ctx context.Context, path string) ([]policy.RealizedEntity, error) {
	var answer struct {
		Results []policy.RealizedEntity `json:"results"`
	}
	err := b.api.Query(ctx, b.realizedState(), url.Values{"intent_path": {path}}, &answer)
	if isNotFound(err) { // NSX has not begun with it
		err = nil
	}
	return answer.Results, err
}

func (b *Backend) realizedState() string { return b.api.Path("realized-state", "realized-entities") }

// searched returns the looks for what is realized of a segment's ports, by the ports' paths.
func (b *Backend) searched(segment string) *looks[[]policy.RealizedEntity] {
	fresh := &looks[[]policy.RealizedEntity]{do: func(ctx context.Context, _ []string) (map[string][]policy.RealizedEntity, error) {
		return b.searchPorts(ctx, segment)
	}}
	known, _ := b.realized.LoadOrStore(segment, fresh)
	all, _ := known.(*looks[[]policy.RealizedEntity])
	return all
}

// searchPorts returns the entities of all ports of a segment, by the ports' paths.
func (b *Backend) searchPorts(ctx context.Context, segment string) (map[string][]policy.RealizedEntity, error) {
	all, err := api.Search[policy.RealizedEntity](ctx, b.api, "resource_type:GenericPolicyRealizedResource AND "+
		"entity_type:RealizedLogicalPort AND intent_paths:"+api.Escape(b.root.SegmentPorts(segment)+"/")+"*")
	if err != nil {
		return nil, err
	}
	return policy.ByIntent(all), nil
}

// fewPaths is how many objects are asked for one by one; more are looked for by one search.
const fewPaths = 3

// InForce waits until NSX has realized objects, all of them below a path. what names the whole that they are of in errors. Objects that
// the search does not find in time are asked for by their paths.
func (b *Backend) InForce(ctx context.Context, what, below string, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	waiting := slices.Clone(paths)
	_, err := b.await(ctx, what, func(since time.Duration) (all []policy.RealizedEntity, err error) {
		found := map[string][]policy.RealizedEntity{}
		if len(waiting) > fewPaths && since < searchLag {
			found, err = b.searchBelow(ctx, below)
		} else {
			for _, path := range waiting {
				if found[path], err = b.entities(ctx, path); err != nil {
					break
				}
			}
		}
		if err != nil {
			return nil, err
		}
		waiting = slices.DeleteFunc(waiting, func(path string) bool { return policy.Realize(found[path]).Stage == policy.Done })
		for _, path := range waiting {
			is := found[path]
			if len(is) == 0 {
				is = []policy.RealizedEntity{{State: "UNREALIZED"}} // NSX has not begun with it
			}
			all = append(all, is...)
		}
		if len(waiting) == 0 {
			all = []policy.RealizedEntity{{State: "REALIZED"}}
		}
		return all, nil
	})
	return err
}

// searchBelow returns what NSX has realized of all objects below a path, by their paths.
func (b *Backend) searchBelow(ctx context.Context, below string) (map[string][]policy.RealizedEntity, error) {
	all, err := api.Search[policy.RealizedEntity](ctx, b.api, "resource_type:GenericPolicyRealizedResource AND intent_paths:"+
		api.Escape(below)+"*")
	if err != nil {
		return nil, err
	}
	return policy.ByIntent(all), nil
}
