// SPDX-License-Identifier: MPL-2.0

package clusters

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// Register has the rules about hosts, clusters and resource pools answer.
func (c *Clusters) Register(r *base.Receivers) {
	r.Receive("ClusterComputeResource", &clusterRules{Clusters: c})
	r.Receive("ComputeResource", &standaloneRules{Clusters: c})
	r.Receive("HostSystem", &hostRules{Clusters: c})
	r.Receive("Folder", &hostFolderRules{Clusters: c})
	r.Receive("Datacenter", &datacenterRules{})
	r.Receive("ResourcePool", &poolRules{Clusters: c})
}
