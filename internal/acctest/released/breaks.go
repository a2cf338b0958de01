// SPDX-License-Identifier: MPL-2.0

package released

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Upgrades reports whether a type has an upgrader from a version of its schema. kind is "resource" or "identity".
type Upgrades func(kind, name string, from int) bool

// Breaks returns what in the present schemas breaks with the released ones, sorted. Terraform upgrades the states and identities of
// resources, so that these may change with a higher version and an upgrader; nothing else of a configuration can be upgraded. Whatever is
// new passes, unless an existing configuration would need it.
func Breaks(was, now Lines, upgrades Upgrades) (out []string) {
	for key, facts := range was {
		subject, path := split(key)
		if now[subject] == "" {
			if path == "" {
				out = append(out, subject+" is gone")
			}
			continue
		}
		from, to := number(was[subject], "version"), number(now[subject], "version")
		kind, name, _ := strings.Cut(subject, " ")
		switch {
		case path == "":
			out = append(out, versions(subject, from, to, upgrades(kind, name, from))...)
		case from < to: // its line is about the upgrader
		case now[key] == "":
			out = append(out, key+" is gone")
		default:
			out = append(out, changed(key, facts, now[key])...)
		}
	}
	for key, facts := range now {
		subject, _ := split(key)
		if was[key] != "" || was[above(key)] == "" || number(was[subject], "version") < number(now[subject], "version") {
			continue
		}
		if has(facts, "required") || number(facts, "min") > 0 {
			out = append(out, key+" is new and required: no configuration of before has it")
		}
	}
	slices.Sort(out)
	return out
}

// versions compares the versions of a schema.
func versions(subject string, from, to int, upgrader bool) []string {
	switch {
	case to < from:
		return []string{fmt.Sprintf("%s has version %d, and had %d: Terraform refuses states of a later version", subject, to, from)}
	case to > from && !upgrader:
		return []string{fmt.Sprintf("%s has version %d, and no upgrader from version %d", subject, to, from)}
	}
	return nil
}

// changed compares the facts of an attribute, a block or a parameter.
func changed(key, was, now string) (out []string) {
	say := func(text string, args ...any) { out = append(out, key+" "+fmt.Sprintf(text, args...)) }
	if a, b := strings.Fields(was)[0], strings.Fields(now)[0]; a != b {
		say("was of type %s, and is of type %s", a, b)
	}
	if !has(was, "required") && has(now, "required") {
		say("is required, and was not")
	}
	if written(was) && !written(now) {
		say("can no longer be written")
	}
	for _, each := range []string{"computed", "null"} { // what it gave, and what a parameter took
		if has(was, each) && !has(now, each) {
			say("is no longer %s", each)
		}
	}
	for _, each := range []string{"sensitive", "write-only"} {
		if has(was, each) != has(now, each) {
			say("is %s in one of the two alone: it would be shown, or outputs that use it refused", each)
		}
	}
	if number(now, "min") > number(was, "min") {
		say("has to be written more often than before")
	}
	if most := number(now, "max"); most > 0 && (most < number(was, "max") || number(was, "max") == 0) {
		say("may be written less often than before")
	}
	return out
}

// written reports whether a configuration may have it. Blocks and a function's parameters and return are never both.
func written(facts string) bool { return has(facts, "required") || has(facts, "optional") }

// has reports whether one of the words after the type is this one.
func has(facts, word string) bool { return slices.Contains(strings.Fields(facts), word) }

// number returns the number that a fact such as "min=1" has, 0 where there is none.
func number(facts, name string) int {
	for word := range strings.FieldsSeq(facts) {
		if digits, is := strings.CutPrefix(word, name+"="); is {
			n, _ := strconv.Atoi(digits)
			return n
		}
	}
	return 0
}

// split returns the kind and type of a key, and the path in its schema.
func split(key string) (subject, path string) {
	words := strings.SplitN(key, " ", 3)
	if len(words) < 3 {
		return key, ""
	}
	return words[0] + " " + words[1], words[2]
}

// above returns the key of the block or schema that a key is in.
func above(key string) string {
	if i := strings.LastIndex(key, "."); i > 0 {
		return key[:i]
	}
	subject, _ := split(key)
	return subject
}

// keys returns the keys sorted, each schema before what is in it.
func (l Lines) keys() []string { return slices.Sorted(maps.Keys(l)) }
