// SPDX-License-Identifier: MPL-2.0

package gateway

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"

// RouterPath returns the path of the tier-1 gateway that is a router.
func RouterPath(root policy.Root, router string) string { return string(root) + "/tier-1s/" + router }

// LocaleServicesPath returns the path of what says where a router's service part runs.
func LocaleServicesPath(root policy.Root, router string) string {
	return RouterPath(root, router) + "/locale-services/default"
}

// InterfacePath returns the path of a router's interface on a VLAN segment.
func InterfacePath(root policy.Root, router, segment string) string {
	return LocaleServicesPath(root, router) + "/interfaces/" + segment
}

// StaticRoutePath returns the path of a router's static route by its id, which StaticRouteOf gives it.
func StaticRoutePath(root policy.Root, router, id string) string {
	return RouterPath(root, router) + "/static-routes/" + id
}

// NATRulePath returns the path of a NAT rule of a router by its id.
func NATRulePath(root policy.Root, router, id string) string {
	return RouterPath(root, router) + "/nat/USER/nat-rules/" + id
}

// ServicePath returns the path of the service that a forwarding's rule refers to.
func ServicePath(root policy.Root, forwarding string) string {
	return string(root) + "/services/" + ForwardingRuleID(forwarding)
}
