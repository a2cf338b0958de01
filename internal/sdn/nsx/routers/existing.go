// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// existing is what NSX has of a router.
type existing struct {
	gateway, locale       policy.Object // nil: it is not there
	rules, routes, places []policy.Object
	connected             []string // overlay networks of ours
}

// existingOf reads what NSX has of a router. anew: also which segments are connected to it, which others may have changed.
func (g *Gateways) existingOf(ctx context.Context, router string, anew bool) (is existing, err error) {
	var err1, err2, err3, err4, err5, err6 error
	var all sync.WaitGroup
	all.Go(func() { is.gateway, err1 = g.get(ctx, gateway.RouterPath(g.root, router)) })
	all.Go(func() { is.locale, err2 = g.get(ctx, gateway.LocaleServicesPath(g.root, router)) })
	all.Go(func() { is.rules, err3 = g.list(ctx, gateway.NATRulePath(g.root, router, "")) })
	all.Go(func() { is.routes, err4 = g.list(ctx, gateway.StaticRoutePath(g.root, router, "")) })
	all.Go(func() { is.places, err5 = g.list(ctx, gateway.InterfacePath(g.root, router, "")) })
	all.Go(func() { is.connected, err6 = g.nsx.Connected(ctx, router, anew) })
	all.Wait()
	g.api.Name(gateway.RouterPath(g.root, router), is.gateway.Name())
	return is, errors.Join(err1, err2, err3, err4, err5, err6)
}

// get reads an object; nil where it is not there.
func (g *Gateways) get(ctx context.Context, path string) (policy.Object, error) {
	o := policy.Object{}
	err := g.api.Get(ctx, path, &o)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	return o, err
}

// list reads the objects that an object without an id would be among; none where what they would be of is not there.
func (g *Gateways) list(ctx context.Context, path string) ([]policy.Object, error) {
	all, err := api.List[policy.Object](ctx, g.api, strings.TrimSuffix(path, "/"), nil)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	return all, err
}

// at returns the object of a path among several, nil where it is not.
func at(path string, all []policy.Object) policy.Object {
	for _, o := range all {
		if o.Path() == path {
			return o
		}
	}
	return nil
}
