// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// shared is what the checks of a plan share: searches for all objects of ours, and the facts of each router.
type shared struct {
	gateways wire.Lookup[map[string]policy.Object] // and all below them, by path
	services wire.Lookup[map[string]policy.Object]
	known    sync.Map // recent facts, by router
}

// searched returns all objects of ours below a collection, as a search has found them once. It lags, and what this process changes since
// is not in it: who misses something there looks at that by its path.
func (g *Gateways) searched(ctx context.Context, owner policy.Owner, found *wire.Lookup[map[string]policy.Object], in string) (
	map[string]policy.Object, error) {
	return found.Get(func() (map[string]policy.Object, error) {
		query := "path:" + api.Escape(string(g.root)+"/"+in+"/") + "* AND marked_for_delete:false"
		for _, t := range owner.Tags("", "") {
			if t.Scope == policy.ScopeFolder {
				query += " AND tags.scope:" + api.Escape(t.Scope) + " AND tags.tag:" + api.Escape(t.Tag)
			}
		}
		all, err := api.Search[policy.Object](ctx, g.api, query)
		out := make(map[string]policy.Object, len(all))
		for _, o := range all {
			out[o.Path()] = o
		}
		return out, err
	})
}

// gateways returns all gateways of ours with what is of them.
func (c *comparison) gateways(ctx context.Context) (map[string]policy.Object, error) {
	return c.searched(ctx, c.owner, &c.plan.gateways, "tier-1s")
}

// Differences tells how NSX differs from the records of a router, or of one of its floating IPs or port forwardings.
func (g *Gateways) Differences(ctx context.Context, router, of string) ([]string, error) {
	f, err := g.recentFacts(ctx, router)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	owner, err := g.nsx.Owner(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := g.compared(ctx, owner, f, of)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	// Another process may have recorded something since the records were read, and NSX has it already.
	if f, err = g.freshFacts(ctx, router); errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return g.compared(ctx, owner, f, of)
}

// compared compares NSX with the facts of a router, or with what they say of one of its floating IPs or port forwardings.
func (g *Gateways) compared(ctx context.Context, owner policy.Owner, f facts, of string) ([]string, error) {
	c := comparison{Gateways: g, owner: owner, f: f, want: wantedOf(owner, g.root, f)}
	if of != "" && of != f.Router.ID {
		err := c.translation(ctx, of)
		return c.lines, err
	}
	err := c.whole(ctx)
	return c.lines, err
}

// comparison compares NSX with what is recorded of a router.
type comparison struct {
	*Gateways
	owner policy.Owner
	f     facts
	want  wanted
	lines []string
}

// objects tells of objects which are missing or differ, where a search has found some.
func (c *comparison) objects(ctx context.Context, found map[string]policy.Object, all []object) error {
	for _, o := range all {
		if is, there := found[o.path]; there {
			if changes, err := o.merge(is.Copy()); err == nil && !changes {
				continue
			}
		}
		if err := c.object(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// object tells of one object, by its path, whether it is missing or differs.
func (c *comparison) object(ctx context.Context, o object) error {
	is, err := c.get(ctx, o.path)
	switch {
	case err != nil:
		return err
	case is == nil:
		c.lines = append(c.lines, "NSX does not have "+c.api.Noun(o.path))
		return nil
	}
	changes, err := o.merge(is)
	switch {
	case err != nil:
		c.lines = append(c.lines, err.Error())
	case changes:
		c.lines = append(c.lines, "NSX has "+c.api.Noun(o.path)+" otherwise than recorded")
	}
	return nil
}

// strays tells of objects that are ours, belong to the router and have no record.
func (c *comparison) strays(ctx context.Context, found map[string]policy.Object, mine func(policy.Object) bool) error {
	below := gateway.RouterPath(c.root, c.f.Router.ID) + "/"
	for path, o := range found {
		if !strings.HasPrefix(path, below) || c.want.keep[path] || !c.owner.Owns(o) || !mine(o) {
			continue
		}
		if is, err := c.get(ctx, path); err != nil {
			return err
		} else if is != nil {
			c.lines = append(c.lines, "NSX has "+c.api.Noun(path)+", which is not recorded")
		}
	}
	slices.Sort(c.lines)
	return nil
}

// translation compares the NAT rules of a floating IP or a port forwarding.
func (c *comparison) translation(ctx context.Context, of string) error {
	ids := append(gateway.FloatingIPRuleIDs(of), gateway.ForwardingRuleID(of))
	rules := slices.DeleteFunc(slices.Clone(c.want.rules), func(o object) bool {
		return !slices.Contains(ids, o.path[strings.LastIndex(o.path, "/")+1:])
	})
	services := slices.DeleteFunc(slices.Clone(c.want.services), func(o object) bool { return o.path != gateway.ServicePath(c.root, of) })
	found, err := c.gateways(ctx)
	if err != nil {
		return err
	}
	if len(services) > 0 {
		there, err := c.searched(ctx, c.owner, &c.plan.services, "services")
		if err = errors.Join(err, c.objects(ctx, there, services)); err != nil {
			return err
		}
	}
	return errors.Join(c.objects(ctx, found, rules), c.strays(ctx, found, func(o policy.Object) bool { return slices.Contains(ids, o.ID()) }))
}

// whole compares a router's gateway, its interfaces and routes, and the translation of its subnets; what is of its floating IPs and port
// forwardings is theirs, but for what has no record.
func (c *comparison) whole(ctx context.Context) error {
	r := c.f.Router
	u, err := c.uplinkOf(ctx, r, c.want)
	if err = errors.Join(c.want.err, err); err != nil {
		c.lines = append(c.lines, err.Error())
		return nil
	}
	found, err := c.gateways(ctx)
	if err == nil {
		err = c.gateway(ctx, found, u)
	}
	if err != nil {
		return err
	}
	own := slices.Concat(c.want.routes, c.want.vlans)
	for _, s := range c.f.Subnets {
		for _, id := range gateway.SubnetRuleIDs(s.ID) {
			at := slices.IndexFunc(c.want.rules, func(o object) bool { return o.path == gateway.NATRulePath(c.root, r.ID, id) })
			if at >= 0 {
				own = append(own, c.want.rules[at])
			}
		}
	}
	err = errors.Join(c.objects(ctx, found, own), c.strays(ctx, found, func(policy.Object) bool { return true }), c.segments(ctx))
	slices.Sort(c.lines)
	return err
}

// gateway compares the tier-1 gateway and its locale services.
func (c *comparison) gateway(ctx context.Context, found map[string]policy.Object, u gateway.Uplink) error {
	cluster := needsCluster(c.f.Router, c.want)
	var is existing
	if cluster {
		var err error
		if is.locale, err = c.get(ctx, gateway.LocaleServicesPath(c.root, c.f.Router.ID)); err != nil {
			return err
		}
	}
	all := c.gatewayOf(c.owner, c.f.Router, u, is, cluster)
	if err := c.objects(ctx, found, all[:1]); err != nil || !cluster {
		return err
	}
	there := is.locale != nil
	if there {
		changes, err := all[1].merge(is.locale.Copy())
		there = err == nil && !changes
	}
	if !there {
		c.lines = append(c.lines, fmt.Sprintf("NSX does not run the router %s on the edge cluster", label(c.f.Router)))
	}
	return nil
}

// segments compares which overlay networks the router is on.
func (c *comparison) segments(ctx context.Context) error {
	r := c.f.Router.ID
	for network, on := range c.want.overlays {
		n := c.f.Networks[network]
		is, err := c.nsx.RoutedAs(ctx, n, r, on)
		switch {
		case err != nil:
			c.lines = append(c.lines, err.Error())
		case !is:
			c.lines = append(c.lines, fmt.Sprintf("NSX does not have the router on the network %s as recorded", n.Name))
		}
	}
	connected, err := c.nsx.Connected(ctx, r, false)
	for _, network := range connected {
		if len(c.want.overlays[network]) == 0 {
			c.lines = append(c.lines, fmt.Sprintf("NSX has the router on the network %s, which is not recorded", network))
		}
	}
	return err
}
