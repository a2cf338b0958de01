package vcsim

// register has the rules about distributed switches and addresses answer.
func (s *switches) register(r *receivers) {
	r.receive("DistributedVirtualSwitch", &switchRules{switches: s})
	r.receive("DistributedVirtualPortgroup", &portgroupRules{switches: s})
	r.receive("IpPoolManager", &ipPoolRules{})
}
