// SPDX-License-Identifier: MPL-2.0

package switches

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// Register has the rules about distributed switches and addresses answer.
func (s *Switches) Register(r *base.Receivers) {
	r.Receive("DistributedVirtualSwitch", &switchRules{Switches: s})
	r.Receive("DistributedVirtualPortgroup", &portgroupRules{Switches: s})
	r.Receive("IpPoolManager", &ipPoolRules{})
}
