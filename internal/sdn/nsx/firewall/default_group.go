// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// IDOf returns the id that a security group has in NSX: its own, which nobody else has, but for a default group. Its id follows from the
// project's name, and several vCenters with projects of one name may share an NSX.
func IDOf(w policy.Owner, group string) string {
	if !sdn.IsDefaultGroup(group) {
		return group
	}
	return sdn.DefaultGroupAmong(group, w.Folder)
}

// InNSX returns a security group with the ids that it and those that its rules name have in NSX.
func InNSX(w policy.Owner, g openstack.SecurityGroup) openstack.SecurityGroup {
	rules := make([]openstack.SecurityGroupRule, len(g.Rules))
	for i, r := range g.Rules {
		r.GroupID, r.RemoteGroupID = IDOf(w, r.GroupID), IDOf(w, r.RemoteGroupID)
		rules[i] = r
	}
	g.ID, g.Rules = IDOf(w, g.ID), rules
	return g
}
