// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// object is one that NSX is to have.
type object struct {
	path  string
	body  any
	merge func(policy.Object) (changed bool, err error)
}

// wanted is what NSX is to have of a router beside the gateway itself.
type wanted struct {
	services, rules, routes, vlans []object
	overlays                       map[string][]string // the subnets that the router is on, by the overlay network
	translated                     bool                // floating IPs or forwardings lead to ports
	ipv6                           []string            // CIDRs
	keep                           map[string]bool     // the paths of all of these, and of what cannot be said
	err                            error               // why something cannot be said
}

// wantedOf returns what NSX is to have of a router by what is recorded of it.
func wantedOf(w policy.Owner, root policy.Root, f facts) wanted {
	out := wanted{overlays: map[string][]string{}, keep: map[string]bool{}, translated: len(f.FloatingIPs)+len(f.Forwardings) > 0}
	out.addInterfaces(w, root, f)
	out.addRoutes(w, root, f.Router)
	out.addTranslations(w, root, f)
	return out
}

// refuse keeps why something cannot be said. What NSX has of it stays meanwhile.
func (t *wanted) refuse(err error, paths ...string) {
	t.err = errors.Join(t.err, err)
	for _, path := range paths {
		t.keep[path] = true
	}
}

// addInterfaces adds the router's interfaces: on an overlay by its segment, on a VLAN by one of the gateway.
func (t *wanted) addInterfaces(w policy.Owner, root policy.Root, f facts) {
	vlans := map[string]openstack.RouterInterface{}
	for _, i := range f.Interfaces {
		n, known := f.Networks[i.NetworkID]
		switch {
		case !known:
			t.refuse(openstack.AttributeErrorf("subnet_id", "the router has the interface %s on the network %s, which NSX does not have any more: "+
				"delete that interface, or make the network again", i.ID, i.NetworkID), gateway.InterfacePath(root, f.Router.ID, i.NetworkID))
		case n.Overlay:
			t.overlays[n.ID] = append(t.overlays[n.ID], i.Subnets()...)
		default:
			on := vlans[n.ID]
			on.NetworkID, on.FixedIPs = n.ID, append(on.FixedIPs, i.FixedIPs...)
			vlans[n.ID] = on
		}
	}
	for _, s := range f.Subnets {
		if sdn.IPVersion(s) == 6 {
			t.ipv6 = append(t.ipv6, masked(s.CIDR))
		}
	}
	for network, i := range vlans {
		path := gateway.InterfacePath(root, f.Router.ID, network)
		on := slices.DeleteFunc(slices.Clone(f.Subnets), func(s openstack.Subnet) bool { return !slices.Contains(i.Subnets(), s.ID) })
		body, err := gateway.InterfaceOf(w, root, i, on)
		if err != nil {
			t.refuse(err, path)
			continue
		}
		t.add(&t.vlans, path, body, func(o policy.Object) (bool, error) { return gateway.MergeInterface(w, o, body) })
	}
}

// masked returns the range of a CIDR without host bits.
func masked(cidr string) string {
	if prefix, err := netip.ParsePrefix(cidr); err == nil {
		return prefix.Masked().String()
	}
	return cidr
}

// add adds an object, which NSX keeps.
func (t *wanted) add(to *[]object, path string, body any, merge func(policy.Object) (bool, error)) {
	*to = append(*to, object{path, body, merge})
	t.keep[path] = true
}

// addRoutes adds the router's static routes.
func (t *wanted) addRoutes(w policy.Owner, root policy.Root, r openstack.Router) {
	for _, one := range r.Routes {
		body, err := gateway.StaticRouteOf(w, one)
		if err != nil {
			t.refuse(err)
			continue
		}
		path := gateway.StaticRoutePath(root, r.ID, body.ID)
		t.add(&t.routes, path, body, func(o policy.Object) (bool, error) { return gateway.MergeStaticRoute(w, o, body) })
	}
}

// addTranslations adds the NAT rules of the router's subnets, its floating IPs and forwardings, with the services of those.
func (t *wanted) addTranslations(w policy.Owner, root policy.Root, f facts) {
	rules, err := gateway.SubnetRules(w, f.Router, f.Subnets)
	if err != nil {
		t.refuse(err)
		for _, s := range f.Subnets {
			for _, id := range gateway.SubnetRuleIDs(s.ID) {
				t.keep[gateway.NATRulePath(root, f.Router.ID, id)] = true
			}
		}
	}
	for _, ip := range f.FloatingIPs {
		rules = append(rules, gateway.FloatingIPRules(w, ip)...)
	}
	for _, one := range f.Forwardings {
		body := gateway.ForwardingService(w, one.Forwarding)
		t.add(&t.services, gateway.ServicePath(root, one.ID), body, func(o policy.Object) (bool, error) {
			return gateway.MergeForwardingService(w, o, body)
		})
		rules = append(rules, gateway.ForwardingRule(w, root, one.Forwarding, one.From))
	}
	for _, rule := range rules {
		t.add(&t.rules, gateway.NATRulePath(root, f.Router.ID, rule.ID), rule, func(o policy.Object) (bool, error) {
			return gateway.MergeNATRule(w, o, rule)
		})
	}
}
