// SPDX-License-Identifier: MPL-2.0

// Package routers carries out routers as tier-1 gateways of NSX: what the records say of them, their interfaces and routes, floating IPs
// and port forwardings. The records come first and NSX follows; what goes, goes from NSX first.
package routers

import (
	"context"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Gateways carries out routers in NSX.
type Gateways struct {
	nsx     *nsx.Backend
	records *l3.Backend
	c       *vcenter.Client
	api     *api.Client
	root    policy.Root

	passes   sync.Map // by router: what gathers the wishes about it
	services sync.Map // fingerprints of the services of forwardings, as this process has seen or made them, by their paths
	plan     shared   // what the checks of a plan share
}

var _ l3.Carrier = &Gateways{}

// New prepares it without calling NSX.
func New(b *nsx.Backend, c *vcenter.Client) *Gateways {
	return &Gateways{nsx: b, records: b.Records(), c: c, api: b.API(), root: b.Root()}
}

// wish is what a caller wants of a router's gateway.
type wish struct {
	deadline time.Time
	remove   bool // the router goes
	part     bool // only something of it goes: what else is wrong with it is no matter
}

// FollowRouter brings a router's gateway in line with the records. Wishes about one router that come at the same time share a pass.
func (g *Gateways) FollowRouter(ctx context.Context, router string, gone ...string) error {
	return g.ask(ctx, router, wish{part: len(gone) > 0})
}

// RemoveRouter deletes the gateway of a router with all that is ours on it.
func (g *Gateways) RemoveRouter(ctx context.Context, router string) error {
	return g.ask(ctx, router, wish{remove: true})
}

// longest is how long a pass takes whose callers have set no time.
const longest = 10 * time.Minute

// ask hands a wish to the next pass about a router, and waits for it.
func (g *Gateways) ask(ctx context.Context, router string, w wish) error {
	w.deadline = time.Now().Add(longest)
	if at, limited := ctx.Deadline(); limited {
		w.deadline = at.Add(-time.Until(at) / 20) // so that the pass says what it waited for before its caller gives up
	}
	known, _ := g.passes.LoadOrStore(router, wire.Gather(func(ctx context.Context, all []wish) []error { return g.grant(ctx, router, all) }))
	gather, _ := known.(func(context.Context, wish) error)
	return gather(ctx, w)
}

// grant makes one pass for all that wait for it.
func (g *Gateways) grant(ctx context.Context, router string, all []wish) []error {
	var last time.Time
	remove := false
	for _, w := range all {
		remove = remove || w.remove
		if w.deadline.After(last) {
			last = w.deadline
		}
	}
	ctx, stop := context.WithDeadline(ctx, last)
	defer stop()
	var cleared, put error
	if remove {
		cleared = g.remove(ctx, router)
	} else {
		cleared, put = g.follow(ctx, router)
	}
	out := make([]error, len(all))
	for i, w := range all {
		if out[i] = cleared; out[i] == nil && !w.part {
			out[i] = put
		}
	}
	return out
}
