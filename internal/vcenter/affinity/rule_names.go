// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// The beginnings of rule names. A rule of two instances is named after the one that asked for it and the other.
const (
	ruleOfAggregate = inventory.RulePrefix + "aggregate-"
	ruleOfFlavor    = inventory.RulePrefix + "flavor-"
)

// groupNames returns the names of the groups that belong to a rule, or to an aggregate.
func groupNames(name string) []string {
	if strings.HasPrefix(name, ruleOfAggregate) {
		return []string{name}
	}
	return []string{name + "-vms", name + "-hosts"}
}

func ruleOfGroup(id string) string { return inventory.RulePrefix + id }

func ruleOfPair(relation, id, other string) string {
	return inventory.RulePrefix + relation + "-" + id + "-" + other[:min(8, len(other))]
}

// ruleOfSpecs returns the rule of all instances whose flavors want the same of aggregates.
func ruleOfSpecs(specs map[string]string) string {
	raw, _ := json.Marshal(specs) // strings only, with sorted keys
	return ruleOfFlavor + records.Sum(raw)
}

// RulesOf returns the names of the rules that an instance is in, by what binds it.
func RulesOf(id string, t machine.Affinity) (names []string) {
	if t.Group != "" {
		names = append(names, ruleOfGroup(t.Group))
	}
	for _, other := range t.DifferentHost {
		names = append(names, ruleOfPair("apart", id, other))
	}
	for _, other := range t.SameHost {
		names = append(names, ruleOfPair("together", id, other))
	}
	if len(t.Aggregates) > 0 {
		names = append(names, ruleOfSpecs(t.Aggregates))
	}
	if t.Pin.Name != "" {
		names = append(names, t.Pin.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
