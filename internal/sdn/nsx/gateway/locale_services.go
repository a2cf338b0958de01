// SPDX-License-Identifier: MPL-2.0

package gateway

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"

// LocaleServices is the body of what says where a router's service part runs, which translates addresses and has interfaces on VLANs (NSX
// API, LocaleServices).
type LocaleServices struct {
	EdgeClusterPath string `json:"edge_cluster_path,omitempty"`
}

// Merge names an edge cluster in a router's locale services as they were read. One that is named stays where none is needed any more: a
// router loses its service part with itself only. It reports whether anything differed.
func (l LocaleServices) Merge(o policy.Object) bool {
	return l.EdgeClusterPath != "" && o.Set(l, "edge_cluster_path")
}
