// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// The records give no address of an external network twice. Others may use its tier-0 gateway too: another vCenter, Neutron, or NSX's own
// administrators. What NSX says of them is looked at before an address is given; that one of them takes it a moment later cannot be
// prevented, because NSX does not refuse a second NAT rule for an address.

// natRules are the NAT rules of all gateways of NSX. Callers that want them anew at the same time share one search.
type natRules struct {
	batch wire.Batch[struct{}, []policy.Object]

	mu    sync.Mutex
	known []policy.Object
	at    time.Time // when they were searched; zero: never
}

// get returns the rules as they were seen at most some time ago; below zero: ever.
func (r *natRules) get(ctx context.Context, ago time.Duration) ([]policy.Object, error) {
	r.mu.Lock()
	known, at := r.known, r.at
	r.mu.Unlock()
	if !at.IsZero() && (ago < 0 || time.Since(at) < ago) {
		return known, nil
	}
	return r.batch.Ask(ctx, struct{}{})
}

// searchNATRules finds all NAT rules, once for all who ask.
func (b *Backend) searchNATRules(ctx context.Context, questions []struct{}) []wire.Outcome[[]policy.Object] {
	began := time.Now()
	all, err := api.Search[policy.Object](ctx, b.api, "resource_type:PolicyNatRule AND marked_for_delete:false")
	if err != nil {
		return wire.AllFailed[[]policy.Object](len(questions), err)
	}
	b.natRules.mu.Lock()
	b.natRules.known, b.natRules.at = all, began
	b.natRules.mu.Unlock()
	out := make([]wire.Outcome[[]policy.Object], len(questions))
	for i := range out {
		out[i].Value = all
	}
	return out
}

// uplinksOf returns the interfaces of a tier-0 gateway, which are read once.
func (b *Backend) uplinksOf(ctx context.Context, gateway string) ([]policy.Object, error) {
	known, _ := b.uplinks.LoadOrStore(gateway, &wire.Lookup[[]policy.Object]{})
	found, _ := known.(*wire.Lookup[[]policy.Object])
	return found.Get(func() (out []policy.Object, err error) {
		services, err := api.List[policy.Object](ctx, b.api, gateway+"/locale-services", nil)
		for _, s := range services {
			if err != nil {
				break
			}
			var on []policy.Object
			on, err = api.List[policy.Object](ctx, b.api, s.Path()+"/interfaces", nil)
			out = append(out, on...)
		}
		return out, err
	})
}

// ForeignPorts returns what others have of an external network's addresses, in the shape of ports: the NAT rules of others, and the
// interfaces of the tier-0 gateway.
func (x *External) ForeignPorts(ctx context.Context, network string, now bool) ([]openstack.Port, error) {
	ago := ever
	if now {
		ago = fresh
	}
	n, err := x.Find(ctx, network, "")
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rules, err := x.nsx.natRules.get(ctx, ago)
	if err != nil {
		return nil, err
	}
	owner, err := x.nsx.owner(ctx)
	if err != nil {
		return nil, err
	}
	interfaces, err := x.nsx.uplinksOf(ctx, n.Gateway)
	if isNotFound(err) { // somebody has deleted the gateway: the router says so
		err = nil
	}
	return append(gateway.UplinkAddresses(interfaces), gateway.ForeignAddresses(owner, rules)...), err
}
