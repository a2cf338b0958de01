package vcsim

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// register has the rules about hosts, clusters and resource pools answer.
func (c *clusters) register(r *base.Receivers) {
	r.Receive("ClusterComputeResource", &clusterRules{clusters: c})
	r.Receive("ComputeResource", &standaloneRules{clusters: c})
	r.Receive("HostSystem", &hostRules{clusters: c})
	r.Receive("Folder", &hostFolderRules{clusters: c})
	r.Receive("Datacenter", &datacenterRules{})
	r.Receive("ResourcePool", &poolRules{clusters: c})
}
