// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// portList is the list of a segment's ports in NSX. Callers that want it anew at the same time share one look.
type portList struct {
	batch wire.Batch[struct{}, []policy.Object]

	mu    sync.Mutex
	known map[string]policy.Object // by their ids, as last seen or written; nil: never listed
	at    time.Time                // when they were listed
}

// listOf returns the list of a segment's ports.
func (b *Backend) listOf(segment string) *portList {
	made := &portList{}
	made.batch.Do = func(ctx context.Context, questions []struct{}) []wire.Outcome[[]policy.Object] {
		began := time.Now()
		all, err := api.List[policy.Object](ctx, b.api, b.api.Path("segments", segment, "ports"), nil)
		if err != nil {
			return wire.AllFailed[[]policy.Object](len(questions), err)
		}
		made.learn(all, began)
		out := make([]wire.Outcome[[]policy.Object], len(questions))
		for i := range out {
			out[i].Value = all
		}
		return out
	}
	known, _ := b.ports.LoadOrStore(segment, made)
	list, _ := known.(*portList)
	return list
}

func (l *portList) learn(all []policy.Object, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = began
	l.known = make(map[string]policy.Object, len(all))
	for _, o := range all {
		l.known[o.ID()] = o
	}
}

// keep replaces what is known of a port; nil: it is gone.
func (l *portList) keep(id string, now policy.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.known == nil:
	case now == nil:
		delete(l.known, id)
	default:
		l.known[id] = now
	}
}

// seen returns the ports as last seen. since is how long ago, and listed false where that never happened.
func (l *portList) seen() (all []policy.Object, since time.Duration, listed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.known {
		all = append(all, o)
	}
	return all, time.Since(l.at), l.known != nil
}

// get returns the ports of the segment as they were seen at most some time ago; below zero: ever.
func (l *portList) get(ctx context.Context, ago time.Duration) ([]policy.Object, error) {
	if all, since, listed := l.seen(); listed && (ago < 0 || since < ago) {
		return all, nil
	}
	return l.batch.Ask(ctx, struct{}{})
}

// port returns a port of the segment as last seen, and looks again where it was not among them.
func (l *portList) port(ctx context.Context, id string) (o policy.Object, there bool, err error) {
	for _, ago := range []time.Duration{ever, 0} {
		all, err := l.get(ctx, ago)
		if err != nil {
			return nil, false, err
		}
		if i := slices.IndexFunc(all, func(o policy.Object) bool { return o.ID() == id }); i >= 0 {
			return all[i], true, nil
		}
	}
	return nil, false, nil
}

// How old what is known of a segment's ports may be.
const (
	ever  = time.Duration(-1)
	fresh = 3 * time.Second // for a claim, which cannot keep others of NSX from making a port a moment later
)

// ForeignPorts returns the ports of a segment that were made otherwise: in NSX itself, by Neutron, or from another vCenter or folder; and
// those that were recorded on its portgroups.
func (b *Backend) ForeignPorts(ctx context.Context, segment string, now bool) ([]openstack.Port, error) {
	ago := ever
	if now {
		ago = fresh
	}
	all, err := b.listOf(segment).get(ctx, ago)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	for _, o := range all {
		ours[o.ID()] = owner.Owns(o)
	}
	n, err := b.Network(ctx, segment, "")
	if err != nil {
		return nil, err
	}
	older, err := b.records.OlderPorts(ctx, n)
	return append(policy.ForeignPorts(all, func(id string) bool { return ours[id] }), older...), err
}
