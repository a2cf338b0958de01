package vcsim

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// register has the rules about distributed switches and addresses answer.
func (s *switches) register(r *base.Receivers) {
	r.Receive("DistributedVirtualSwitch", &switchRules{switches: s})
	r.Receive("DistributedVirtualPortgroup", &portgroupRules{switches: s})
	r.Receive("IpPoolManager", &ipPoolRules{})
}
