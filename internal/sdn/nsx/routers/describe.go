// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"context"
	"fmt"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
)

// Describe says by which objects NSX carries out a router, one line each, from the records alone.
func (g *Gateways) Describe(ctx context.Context, router string) (string, error) {
	f, err := g.factsOf(ctx, router)
	if err != nil {
		return "", err
	}
	owner, err := g.nsx.Owner(ctx)
	if err != nil {
		return "", err
	}
	want := wantedOf(owner, g.root, f)
	lines := []string{fmt.Sprintf("NSX at %s carries this out by the tier-1 gateway %s:", g.api.Server(), gateway.RouterPath(g.root, router))}
	for _, i := range f.Interfaces {
		if n := f.Networks[i.NetworkID]; n.Overlay {
			lines = append(lines, fmt.Sprintf("the segment %s is connected to it", n.ID))
		} else {
			lines = append(lines, fmt.Sprintf("its interface %s is on the VLAN segment", i.NetworkID))
		}
	}
	for _, one := range want.routes {
		lines = append(lines, "the static route "+idIn(one.path))
	}
	for _, s := range f.Subnets {
		if ids := gateway.SubnetRuleIDs(s.ID); want.keep[gateway.NATRulePath(g.root, router, ids[0])] {
			lines = append(lines, fmt.Sprintf("the NAT rules %s translate %s", strings.Join(ids, " and "), s.CIDR))
		}
	}
	for _, ip := range f.FloatingIPs {
		lines = append(lines, fmt.Sprintf("the NAT rules %s translate the floating IP %s", strings.Join(gateway.FloatingIPRuleIDs(ip.ID), " "+
			"and "),
			ip.Address))
	}
	for _, w := range f.Forwardings {
		lines = append(lines, fmt.Sprintf("the NAT rule %s with the service of that name forwards %s %d of %s", gateway.ForwardingRuleID(w.ID),
			w.Protocol, w.External, w.From))
	}
	return strings.Join(lines, "\n"), nil
}

// idIn returns the id at the end of a path.
func idIn(path string) string { return path[strings.LastIndex(path, "/")+1:] }
