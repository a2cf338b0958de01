package nsx

import (
	"context"
	"slices"
	"sync"

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
}

// listOf returns the list of a segment's ports.
func (b *Backend) listOf(segment string) *portList {
	fresh := &portList{}
	fresh.batch.Do = func(ctx context.Context, questions []struct{}) []wire.Outcome[[]policy.Object] {
		all, err := api.List[policy.Object](ctx, b.api, b.api.Path("segments", segment, "ports"), nil)
		if err != nil {
			return wire.AllFailed[[]policy.Object](len(questions), err)
		}
		fresh.learn(all)
		out := make([]wire.Outcome[[]policy.Object], len(questions))
		for i := range out {
			out[i].Value = all
		}
		return out
	}
	known, _ := b.ports.LoadOrStore(segment, fresh)
	list, _ := known.(*portList)
	return list
}

func (l *portList) learn(all []policy.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
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

// seen returns the ports as last seen. listed is false where that never happened.
func (l *portList) seen() (all []policy.Object, listed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.known {
		all = append(all, o)
	}
	return all, l.known != nil
}

// get returns the ports of the segment: as they are now, or else as last seen.
func (l *portList) get(ctx context.Context, now bool) ([]policy.Object, error) {
	if all, listed := l.seen(); listed && !now {
		return all, nil
	}
	return l.batch.Ask(ctx, struct{}{})
}

// port returns a port of the segment as last seen, and looks again where it was not among them.
func (l *portList) port(ctx context.Context, id string) (o policy.Object, there bool, err error) {
	for _, now := range []bool{false, true} {
		all, err := l.get(ctx, now)
		if err != nil {
			return nil, false, err
		}
		if i := slices.IndexFunc(all, func(o policy.Object) bool { return o.ID() == id }); i >= 0 {
			return all[i], true, nil
		}
	}
	return nil, false, nil
}

// ForeignPorts returns the ports of a segment that were made otherwise: in NSX itself, by Neutron, or from another vCenter or folder.
func (b *Backend) ForeignPorts(ctx context.Context, segment string, now bool) ([]openstack.Port, error) {
	all, err := b.listOf(segment).get(ctx, now)
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
	return policy.ForeignPorts(all, func(id string) bool { return ours[id] }), nil
}
