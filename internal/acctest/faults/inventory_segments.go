// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"maps"
	"slices"
	"strings"
)

// added are the properties of NSX's objects that NSX adds to what was written.
var added = map[string]bool{"id": true, "path": true, "relative_path": true, "parent_path": true, "unique_id": true, "realization_id": true,
	"marked_for_delete": true, "overridden": true}

// segments adds the objects of NSX that were not there at the start, whoever made them, with what was written about them.
func (l *look) segments() {
	if l.vc.NSX == nil {
		return
	}
	for _, path := range l.vc.NSX.Left() {
		if body, is := l.vc.NSX.Object(path); is {
			l.say("NSX %s: %s", path, text(unordered(Written(body))))
		}
	}
}

// unordered returns an object of NSX whose rules have no numbers, nor a part of an id as their tag: the ids are random, and the rules of a
// security group are in their order, which means nothing as all of them allow something.
func unordered(body map[string]any) map[string]any {
	all, _ := body["rules"].([]any)
	rules := make([]any, len(all))
	for i, one := range all {
		rule, _ := one.(map[string]any)
		rule = Written(rule)
		delete(rule, "sequence_number")
		delete(rule, "tag")
		rules[i] = rule
	}
	slices.SortFunc(rules, func(a, b any) int { return strings.Compare(withoutChosen(text(a)), withoutChosen(text(b))) })
	if len(rules) > 0 {
		body["rules"] = rules
	}
	return body
}

// Written returns an object of NSX without what NSX adds to what was written.
func Written(body map[string]any) map[string]any {
	body = maps.Clone(body)
	maps.DeleteFunc(body, func(property string, _ any) bool { return added[property] || strings.HasPrefix(property, "_") })
	return body
}
