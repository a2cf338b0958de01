// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"cmp"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// SecurityPolicy is the body of the rules of a security group (NSX API, SecurityPolicy).
type SecurityPolicy struct {
	DisplayName    string       `json:"display_name"`
	Description    string       `json:"description,omitempty"`
	Category       string       `json:"category"` // Environment comes before Application
	Stateful       bool         `json:"stateful"`
	TCPStrict      bool         `json:"tcp_strict"`      // asks for handshakes, which Neutron does not
	SequenceNumber int64        `json:"sequence_number"` // in its category, 0 to 999999, the lowest first
	Scope          []string     `json:"scope"`           // the groups of the ports that it is for; it wins over the rules' scope
	Tags           []policy.Tag `json:"tags,omitempty"`
	Rules          []Rule       `json:"rules"`
}

// policyFields are the fields of SecurityPolicy that a change sets, besides tags and rules. Its place among others stays.
var policyFields = []string{"display_name", "description", "category", "stateful", "tcp_strict", "scope"}

// groupSequence is the place of a security group's policy. All of them only allow, so they need no order among themselves.
const groupSequence = 1000

// PolicyOf returns the body of the policy with all rules of a security group. It refuses a rule that NSX cannot enforce.
func PolicyOf(w policy.Owner, root policy.Root, g openstack.SecurityGroup) (SecurityPolicy, error) {
	body := policyBody(w, root, g)
	for _, r := range slices.SortedFunc(slices.Values(g.Rules), func(a, b openstack.SecurityGroupRule) int {
		return cmp.Compare(a.ID, b.ID) // rules that allow need no order, but a body should be the same each time
	}) {
		more, err := rulesOf(root, g, r)
		if err != nil {
			return SecurityPolicy{}, err
		}
		body.Rules = append(body.Rules, more...)
	}
	for i := range body.Rules {
		body.Rules[i].SequenceNumber = int64(i+1) * step
	}
	return body, nil
}

// policyBody returns the body of a security group's policy without its rules.
func policyBody(w policy.Owner, root policy.Root, g openstack.SecurityGroup) SecurityPolicy {
	return SecurityPolicy{DisplayName: g.Name, Description: g.Description, Category: "Environment", Stateful: g.Stateful,
		SequenceNumber: groupSequence, Scope: []string{GroupPath(root, g.ID)}, Tags: w.Tags(g.ID, neutronGroup), Rules: []Rule{}}
}

// MergePolicy changes a policy as it was read to what a security group with all its rules is to be. A rule in it that is none of the
// group's is taken out, as it would let pass what the group does not allow. It refuses a policy that somebody else made, and reports
// whether anything differed.
func MergePolicy(w policy.Owner, root policy.Root, o policy.Object, g openstack.SecurityGroup) (changed bool, err error) {
	body, err := PolicyOf(w, root, g)
	if err != nil {
		return false, err
	}
	if changed, err = w.Merge("security group", o, body, body.Tags, policyFields...); err != nil {
		return false, err
	}
	wanted := func(have policy.Object) bool {
		return slices.ContainsFunc(body.Rules, func(r Rule) bool { return r.ID == have.ID() })
	}
	return mergeRules(o, body.Rules, wanted) || changed, nil
}

// MergeRule puts one rule of a security group into its policy as it was read, and leaves the others, which other processes may have put
// there. It refuses a policy that somebody else made, and a rule that NSX cannot enforce. It reports whether anything differed.
func MergeRule(w policy.Owner, root policy.Root, o policy.Object, g openstack.SecurityGroup, r openstack.SecurityGroupRule) (changed bool,
	err error) {
	if err := w.MayChange("security group", o); err != nil {
		return false, err
	}
	want, err := rulesOf(root, g, r)
	if err != nil {
		return false, err
	}
	return mergeRules(o, want, func(policy.Object) bool { return true }), nil
}

// RemoveRule takes one rule of a security group out of its policy as it was read, by its id, and reports whether it was there. It refuses a
// policy that somebody else made.
func RemoveRule(w policy.Owner, o policy.Object, id string) (changed bool, err error) {
	of := func(have policy.Object) bool { return have.ID() == id || have.ID() == id+replySuffix }
	if !slices.ContainsFunc(o.Objects("rules"), of) {
		return false, nil
	}
	if err := w.MayChange("security group", o); err != nil {
		return false, err
	}
	return mergeRules(o, nil, func(have policy.Object) bool { return !of(have) }), nil
}

// mergeRules sets rules in a policy as it was read. Others are kept or taken out. A new one comes last.
func mergeRules(o policy.Object, want []Rule, keep func(policy.Object) bool) (changed bool) {
	had := o.Objects("rules")
	rules, last := []policy.Object{}, int64(0)
	for _, have := range had {
		if keep(have) {
			rules, last = append(rules, have), max(last, policy.As[Rule](have).SequenceNumber)
		}
	}
	changed = len(rules) < len(had)
	for _, r := range want {
		at := slices.IndexFunc(rules, func(have policy.Object) bool { return have.ID() == r.ID })
		if at >= 0 {
			changed = mergeRule(rules[at], r) || changed
			continue
		}
		last += step
		r.SequenceNumber, changed = last, true
		added := policy.Object{}
		added.Set(r, append([]string{"resource_type", "id", "service_entries", "sequence_number", "logged", "tag"}, ruleFields...)...)
		rules = append(rules, added)
	}
	switch {
	case changed && len(rules) == 0: // a list that is left out might mean that nothing of it changes
		o["rules"] = []any{}
	case changed:
		o.Set(map[string]any{"rules": rules}, "rules")
	}
	return changed
}

// mergeRule changes a rule as it was read. NSX adds ids to its entries, so only what a body says of them is compared.
func mergeRule(o policy.Object, r Rule) (changed bool) {
	if !same(policy.As[Rule](o).ServiceEntries, r.ServiceEntries) {
		changed = o.Set(r, "service_entries")
	}
	return o.Set(r, ruleFields...) || changed
}
