// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// rounds is how often a pass begins again because the records were changed while it wrote.
const rounds = 4

// follow brings a router's gateway in line with the records. NSX is listed before the records are read: whoever makes something writes its
// record first, and whoever deletes it drops its record last, so what was listed and has no record is a stray, and goes. Ids that come
// again, a subnet's or a network's, may have got a record in between: after it wrote, the pass looks at the records again. cleared is why
// something could not be taken away, put why something could not be brought.
func (g *Gateways) follow(ctx context.Context, router string) (cleared, put error) {
	var wrote []string
	var made bool
	var r openstack.Router
	for range rounds {
		is, err := g.existingOf(ctx, router, false)
		if err != nil {
			return err, err
		}
		f, err := g.freshFacts(ctx, router)
		switch {
		case errors.Is(err, openstack.ErrNotFound) && made: // deleted meanwhile, and nobody would know what this pass has made again
			return nil, g.remove(ctx, router)
		case errors.Is(err, openstack.ErrNotFound), err == nil && g.records.Going(router):
			return nil, nil
		}
		if err != nil {
			return err, err
		}
		r = f.Router
		owner, err := g.nsx.Owner(ctx)
		if err != nil {
			return err, err
		}
		want := wantedOf(owner, g.root, f)
		took, err := g.clear(ctx, owner, f, is, want)
		if err != nil {
			return err, err
		}
		brought, err := g.bring(ctx, owner, f, is, want)
		wrote, made = append(wrote, brought.waiting...), made || brought.changed
		if err != nil {
			return nil, g.naming(r, err)
		}
		if !took && !brought.changed {
			break
		}
		now, err := g.freshFacts(ctx, router)
		if err == nil && records.Fingerprint(now) == records.Fingerprint(f) {
			break
		}
	}
	return nil, g.await(ctx, r, wrote)
}

// freshFacts reads the records anew, and returns the facts of a router.
func (g *Gateways) freshFacts(ctx context.Context, router string) (facts, error) {
	if err := g.c.Records.Refresh(ctx); err != nil {
		return facts{}, err
	}
	return g.factsOf(ctx, router)
}

// naming has an error name the router that it is about.
func (g *Gateways) naming(r openstack.Router, err error) error {
	if errors.As(err, new(*openstack.FieldError)) {
		return err
	}
	return fmt.Errorf("the router %s is recorded, and NSX does not carry it out: %w", label(r), err)
}

// label names a router for people.
func label(r openstack.Router) string {
	if r.Name == "" {
		return r.ID
	}
	return fmt.Sprintf("%q (%s)", r.Name, r.ID)
}

// await waits until NSX has realized what was written.
func (g *Gateways) await(ctx context.Context, r openstack.Router, paths []string) error {
	slices.Sort(paths)
	return g.nsx.InForce(ctx, "router "+label(r), gateway.RouterPath(g.root, r.ID), slices.Compact(paths))
}

// each does something to several objects beside each other.
func each[T any](all []T, do func(T) error) error {
	var mu sync.Mutex
	var failed error
	var group sync.WaitGroup
	for _, one := range all {
		group.Go(func() {
			if err := do(one); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = errors.Join(failed, err)
			}
		})
	}
	group.Wait()
	return failed
}

// bring makes what is missing of a router in NSX, and changes what differs.
func (g *Gateways) bring(ctx context.Context, owner policy.Owner, f facts, is existing, want wanted) (*writes, error) {
	out := &writes{}
	if want.err != nil {
		return out, want.err
	}
	u, err := g.uplinkOf(ctx, f.Router, want)
	if err == nil {
		err = gateway.CheckRouter(f.Router, u)
	}
	if err != nil {
		return out, err
	}
	put := func(listed ...policy.Object) func(object) error {
		return func(o object) error {
			changed, err := g.put(ctx, o, at(o.path, listed))
			out.note(changed, o.path)
			return err
		}
	}
	for _, o := range g.gatewayOf(owner, f.Router, u, is, needsCluster(f.Router, want)) {
		if err := put(is.gateway, is.locale)(o); err != nil {
			return out, err
		}
	}
	if err := g.await(ctx, f.Router, out.waiting); err != nil { // interfaces and NAT rules need the gateway's service part
		return out, err
	}
	out.waiting = nil
	connect := func(network string) error {
		changed, err := g.nsx.Route(ctx, network, f.Router.ID, want.overlays[network]) // waits itself
		out.note(changed)
		return err
	}
	if err := errors.Join(each(slices.Collect(maps.Keys(want.overlays)), connect), each(want.vlans, put(is.places...))); err != nil {
		return out, err
	}
	serve := func(o object) error { return g.serve(ctx, o, out) }
	if err := errors.Join(each(want.routes, put(is.routes...)), each(want.services, serve)); err != nil {
		return out, err
	}
	return out, each(want.rules, put(is.rules...))
}

// writes are what a pass has written.
type writes struct {
	mu      sync.Mutex
	changed bool
	waiting []string // paths of what NSX has yet to realize
}

// note notes that something was changed, and the paths of what is to be waited for.
func (w *writes) note(changed bool, paths ...string) {
	if w.mu.Lock(); changed {
		w.changed, w.waiting = true, append(w.waiting, paths...)
	}
	w.mu.Unlock()
}

// serve makes the service of a port forwarding, which must be there before the rule that refers to it, or changes it. What this process has
// seen or made stays as it is.
func (g *Gateways) serve(ctx context.Context, o object, out *writes) error {
	want := records.Fingerprint(o.body)
	if seen, known := g.services.Load(o.path); known && seen == want {
		return nil
	}
	is, err := g.get(ctx, o.path)
	if err != nil {
		return err
	}
	changed, err := g.put(ctx, o, is)
	if out.note(changed); err == nil {
		g.services.Store(o.path, want)
	}
	return err
}

// put makes an object, or changes the one that is there. is is what was seen of it, nil where it was not there. It reports whether it
// wrote.
func (g *Gateways) put(ctx context.Context, o object, is policy.Object) (wrote bool, err error) {
	if is != nil {
		changes, err := o.merge(is.Copy())
		if err != nil || !changes {
			return false, err
		}
	} else {
		err := g.api.Create(ctx, o.path, o.body, nil)
		if !errors.Is(err, api.ErrExists) {
			return err == nil, err
		}
	}
	_, err = g.api.Update(ctx, o.path, func(is map[string]any) (bool, error) {
		wrote, err = o.merge(is)
		return wrote, err
	})
	return wrote, err
}
