// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// Group is the body of a set of ports or addresses that rules refer to (NSX API, Group).
type Group struct {
	DisplayName string       `json:"display_name"`
	Description string       `json:"description,omitempty"`
	Expression  []Expression `json:"expression"`
	Tags        []policy.Tag `json:"tags,omitempty"`
}

// Expression says what is in a group: ports by a tag (NSX API, Condition), or addresses (IPAddressExpression).
type Expression struct {
	ResourceType string `json:"resource_type"`

	MemberType string `json:"member_type,omitempty"`
	Key        string `json:"key,omitempty"`
	Operator   string `json:"operator,omitempty"`
	Value      string `json:"value,omitempty"` // scope and tag, with a bar between them

	IPAddresses []string `json:"ip_addresses,omitempty"`
}

// Shared is an object that no security group has to itself. It is made where it does not exist, and otherwise left
// as it is.
type Shared struct {
	Path string
	Body any
}

// neutronGroup is the scope that Neutron's plugin for NSX gives the id of a security group.
const neutronGroup = "os-neutron-secgr-id"

// taggedPorts returns the expression for all ports that bear a tag.
func taggedPorts(scope, tag string) []Expression {
	return []Expression{{ResourceType: "Condition", MemberType: "SegmentPort", Key: "Tag", Operator: "EQUALS", Value: scope + "|" + tag}}
}

// GroupOf returns the body of a security group's group, to which each port belongs that bears the tag of PortTags for it.
func GroupOf(w policy.Owner, g openstack.SecurityGroup) Group {
	return Group{DisplayName: g.Name, Description: g.Description, Expression: taggedPorts(scopeGroup, g.ID), Tags: w.Tags(g.ID, neutronGroup)}
}

// MergeGroup changes a group as it was read to what a security group is to be. It refuses one that somebody else made, and reports whether
// anything differed.
func MergeGroup(w policy.Owner, o policy.Object, g openstack.SecurityGroup) (changed bool, err error) {
	return mergeGroup(w, "security group", o, GroupOf(w, g))
}

// IsSecurityGroup reports whether a group of NSX is a security group, of whichever vCenter and folder.
func IsSecurityGroup(o policy.Object) bool {
	return slices.ContainsFunc(policy.As[Group](o).Expression, func(e Expression) bool { return strings.HasPrefix(e.Value, scopeGroup+"|") })
}

// mergeGroup changes name, description, tags and expression. NSX adds ids to an expression, so only what a body says of it is compared.
func mergeGroup(w policy.Owner, noun string, o policy.Object, body Group) (changed bool, err error) {
	if changed, err = w.Merge(noun, o, body, body.Tags, "display_name", "description"); err != nil {
		return false, err
	}
	if same(policy.As[Group](o).Expression, body.Expression) {
		return changed, nil
	}
	return o.Set(body, "expression") || changed, nil
}

// same reports whether two lists say the same, whether or not a field that says nothing is there.
func same[T any](a, b []T) bool {
	first, _ := json.Marshal(append([]T{}, a...)) // bodies always encode
	second, _ := json.Marshal(append([]T{}, b...))
	return bytes.Equal(first, second)
}
