// SPDX-License-Identifier: MPL-2.0

// Package traffic says which traffic may pass a port, by the security groups that it has: their rules expanded with its addresses and their
// members', Neutron's law of rules, and lines for people. It touches nothing.
package traffic

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Policy holds what decides which traffic passes, by ids: all groups, all ports, the addresses of each group's members and of each
// address group, QoS policies and trunks.
type Policy struct {
	Groups  map[string]openstack.SecurityGroup
	Ports   map[string]openstack.Port
	Members map[string][]string
	QoS     map[string]openstack.QoSPolicy
	Trunks  map[string]openstack.Trunk

	Enforced  func(ids []string) []string // drops the groups that filter nothing
	Elsewhere bool                        // the switch does not enforce the groups
}

// Change is a change of records that may affect which traffic passes.
type Change struct {
	Port   string   // the id of a port that must follow if it is plugged in: failing to is an error
	Groups []string // ids of groups with other rules or members: ports that do not follow are a PartialEnforcementError
	QoS    []string // ids of QoS policies with other limits: ports and networks that do not follow are a PartialEnforcementError
}

// GroupsOf returns the groups of a port that anything enforces, with their rules.
func (s *Policy) GroupsOf(p openstack.Port) (groups []openstack.SecurityGroup, err error) {
	for _, id := range s.Enforced(p.Groups) {
		g, there := s.Groups[id]
		if !there {
			return nil, openstack.AttributeErrorf("security_group_ids", "there is no security group %s any more: somebody removed its record. "+
				"Take it off the port %s", id, p.ID)
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// Filtering returns the groups of a port by which the network itself filters, with their rules: none where they are enforced elsewhere.
func (s *Policy) Filtering(p openstack.Port) ([]openstack.SecurityGroup, error) {
	if s.Elsewhere {
		return nil, nil
	}
	return s.GroupsOf(p)
}

// ShapingOf returns the limits of a port's own QoS policy, nil if it has none.
func (s *Policy) ShapingOf(p openstack.Port) (*openstack.Shaping, error) {
	if p.QoSPolicyID == "" {
		return nil, nil
	}
	policy, there := s.QoS[p.QoSPolicyID]
	if !there {
		return nil, openstack.AttributeErrorf("qos_policy_id", "there is no QoS policy %s any more: somebody removed its record. Take it off "+
			"the port %s", p.QoSPolicyID, p.ID)
	}
	shaping := policy.Shaping()
	return &shaping, nil
}

// Concerns reports whether a port has one of the changed QoS policies or groups, or a group with a rule that admits their members.
func (s *Policy) Concerns(c Change, p openstack.Port) bool {
	return p.QoSPolicyID != "" && slices.Contains(c.QoS, p.QoSPolicyID) || slices.ContainsFunc(s.Enforced(p.Groups), func(id string) bool {
		return slices.Contains(c.Groups, id) || slices.ContainsFunc(s.Groups[id].Rules,
			func(r openstack.SecurityGroupRule) bool { return slices.Contains(c.Groups, r.Remote()) })
	})
}
