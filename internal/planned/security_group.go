// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"reflect"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// SecurityGroups holds the planned security groups, by name and id.
type SecurityGroups struct{ *Set[openstack.SecurityGroup] }

// anyNew is a key that all groups without an id share, besides their names.
const anyNew = "*"

func newSecurityGroups() *SecurityGroups {
	return &SecurityGroups{NewSet(Kind[openstack.SecurityGroup]{
		ID:   func(g openstack.SecurityGroup) string { return g.ID },
		Keys: func(g openstack.SecurityGroup) []string { return []string{g.Name} },
		Finds: func(g openstack.SecurityGroup) []string {
			if g.ID == "" {
				return []string{anyNew}
			}
			return []string{g.ID}
		},
		Bare: func(g openstack.SecurityGroup) openstack.SecurityGroup {
			return openstack.SecurityGroup{Name: g.Name, Description: g.Description, Tags: g.Tags, Replies: g.Replies, Bare: g.Bare}
		},
		Meets: func(a, b openstack.SecurityGroup) bool { return a.Name == b.Name },
	})}
}

// Coming returns all planned groups that do not exist yet. A planned rule cannot know to which of them it belongs.
func (s *SecurityGroups) Coming() []openstack.SecurityGroup { return s.At(anyNew) }

// Rules holds the planned rules, by the id of their group.
type Rules = Set[openstack.SecurityGroupRule]

func newRules() *Rules {
	bare := func(r openstack.SecurityGroupRule) openstack.SecurityGroupRule {
		r.ID, r.Mark = "", nil
		return r
	}
	return NewSet(Kind[openstack.SecurityGroupRule]{
		ID:    func(r openstack.SecurityGroupRule) string { return r.ID },
		Keys:  func(r openstack.SecurityGroupRule) []string { return []string{r.GroupID} },
		Bare:  bare,
		Meets: func(a, b openstack.SecurityGroupRule) bool { return reflect.DeepEqual(bare(a), bare(b)) },
	})
}
