// SPDX-License-Identifier: MPL-2.0

package gateways

import (
	"net/netip"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// checkTier1 refuses rules of route advertisement that name no network.
func checkTier1(_ *policy.Objects, _ *policy.Object, body map[string]any) *policy.Refusal {
	for _, text := range policy.Strings(body, "route_advertisement_rules.subnets") {
		if prefix, err := netip.ParsePrefix(text); err != nil || prefix != prefix.Masked() {
			return policy.Invalid("route_advertisement_rules has the subnet %q, which is no network", text)
		}
	}
	return nil
}

// checkLocaleServicesDeletion refuses to take the locale-services from a gateway in use: only their edge cluster can be taken away then
// (github.com/vmware/vmware-nsxlib, remove_edge_cluster).
func checkLocaleServicesDeletion(o *policy.Objects, x *policy.Object) *policy.Refusal {
	router := routerOf(x.Path)
	for _, user := range append(o.Users(router), o.Below(router+"/nat")...) {
		if o.Get(user.Path) != nil {
			return policy.InUse("the object path=[%s] cannot be deleted: its gateway is used by path=[%s]", x.Path, user.Path)
		}
	}
	return nil
}

// routerOf is the path of the tier-1 gateway that a path leads below.
func routerOf(path string) string {
	root, below, _ := strings.Cut(path, "/tier-1s/")
	id, _, _ := strings.Cut(below, "/")
	return root + "/tier-1s/" + id
}

// hasServiceRouter says whether a gateway has locale-services with an edge cluster: NSX runs what keeps states there only.
func hasServiceRouter(o *policy.Objects, router string) bool {
	for _, x := range o.Below(router + "/locale-services") {
		if o.Get(x.Path) != nil && x.String("edge_cluster_path") != "" {
			return true
		}
	}
	return false
}

// withoutEdgeCluster is an error code that is none of those that mean "try again". No public source has the real one.
const withoutEdgeCluster = 508000

// withoutServiceRouter is the fault of what a gateway without an edge cluster cannot realize.
func withoutServiceRouter(o *policy.Objects, x *policy.Object) *policy.Fault {
	router := routerOf(x.Path)
	if hasServiceRouter(o, router) {
		return nil
	}
	return &policy.Fault{Code: withoutEdgeCluster, Message: "path=[" + router + "] has no locale-services with an edge cluster"}
}
