package vcsim

// register has the rules about hosts, clusters and resource pools answer.
func (c *clusters) register(r *receivers) {
	r.receive("ClusterComputeResource", &clusterRules{clusters: c})
	r.receive("ComputeResource", &standaloneRules{clusters: c})
	r.receive("HostSystem", &hostRules{clusters: c})
	r.receive("Folder", &hostFolderRules{clusters: c})
	r.receive("Datacenter", &datacenterRules{})
	r.receive("ResourcePool", &poolRules{clusters: c})
}
