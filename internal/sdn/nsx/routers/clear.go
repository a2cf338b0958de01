// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// clear deletes what NSX has of a router of ours that is not wanted: NAT rules before the services that they refer to, then routes and
// interfaces. It reports whether anything went.
func (g *Gateways) clear(ctx context.Context, owner policy.Owner, f facts, is existing, want wanted) (took bool, err error) {
	var gone atomic.Bool
	drop := func(o policy.Object) error {
		if !owner.Owns(o) || want.keep[o.Path()] {
			return nil
		}
		gone.Store(true)
		logging.Network.Info(ctx, "something of a router goes", "path", o.Path())
		return g.api.Delete(ctx, o.Path())
	}
	if err := each(is.rules, drop); err != nil {
		return gone.Load(), err
	}
	services := f.Leaving
	for _, o := range is.rules {
		if id, is := forwardingOf(o); is && owner.Owns(o) && !want.keep[o.Path()] && !slices.Contains(services, id) {
			services = append(services, id)
		}
	}
	unserve := func(forwarding string) error { return g.deleteService(ctx, owner, forwarding) }
	if err := errors.Join(each(services, unserve), each(is.routes, drop), each(is.places, drop)); err != nil {
		return gone.Load(), err
	}
	off := slices.DeleteFunc(slices.Clone(is.connected), func(network string) bool { return len(want.overlays[network]) > 0 })
	err = each(off, func(network string) error {
		changed, err := g.nsx.Route(ctx, network, f.Router.ID, nil)
		if changed {
			gone.Store(true)
		}
		return err
	})
	return gone.Load(), err
}

// forwardingOf returns the id of the port forwarding that a NAT rule is of.
func forwardingOf(o policy.Object) (id string, is bool) {
	id, is = strings.CutPrefix(o.ID(), gateway.ForwardingRuleID(""))
	return id, is && strings.HasSuffix(o.Text("service"), "/"+o.ID())
}

// deleteService deletes the service of a port forwarding, if it is ours. What else uses it keeps it.
func (g *Gateways) deleteService(ctx context.Context, owner policy.Owner, forwarding string) error {
	path := gateway.ServicePath(g.root, forwarding)
	o, err := g.get(ctx, path)
	if err != nil || o == nil || !owner.Owns(o) {
		return err
	}
	g.services.Delete(path)
	return g.api.Delete(ctx, path)
}

// remove deletes the gateway of a router with all that is ours on it. What somebody else has put there is waited for, until the time for
// it ends. A gateway of somebody else's stays.
func (g *Gateways) remove(ctx context.Context, router string) error {
	is, err := g.existingOf(ctx, router, true)
	if err != nil {
		return err
	}
	owner, err := g.nsx.Owner(ctx)
	if err != nil || is.gateway != nil && !owner.Owns(is.gateway) {
		return err
	}
	if _, err := g.clear(ctx, owner, facts{Router: openstack.Router{ID: router}}, is, wanted{}); err != nil || is.gateway == nil {
		return err
	}
	path := gateway.RouterPath(g.root, router)
	for _, one := range []string{gateway.LocaleServicesPath(g.root, router), path} {
		if err := g.deleteInUse(ctx, one); err != nil {
			return fmt.Errorf("the router %s stays: %w", is.gateway.Label(), err)
		}
	}
	logging.Network.Info(ctx, "the gateway of a router is deleted", "router", router)
	return g.api.WaitGone(ctx, path)
}

const (
	firstLook   = 100 * time.Millisecond // between two tries at first
	longestLook = 2 * time.Second
)

// deleteInUse deletes an object as soon as nothing uses it any more. When the time ends, the error says what does.
func (g *Gateways) deleteInUse(ctx context.Context, path string) error {
	var used error
	for between := firstLook; ; between = min(2*between, longestLook) {
		err := g.api.DeleteUnused(ctx, path)
		passes := slices.ContainsFunc([]error{api.ErrInUse, api.ErrBeingDeleted, api.ErrNotReady, api.ErrStale},
			func(reason error) bool { return errors.Is(err, reason) })
		switch {
		case err != nil && ctx.Err() != nil && used != nil:
			return used
		case !passes:
			return err
		}
		used = err
		select {
		case <-ctx.Done():
			return used
		case <-time.After(between):
		}
	}
}
