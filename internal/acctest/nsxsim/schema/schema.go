// SPDX-License-Identifier: MPL-2.0

// Package schema knows which properties the types of NSX's Policy API have, and of what kind they are. A real NSX Manager refuses a
// property that it does not know, so the embedded one has to.
package schema

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed properties.txt
var text string

// kinds is by type and property; parents is by type.
var kinds, parents = parse(text)

// Resource is the type whose properties every object of the Policy API has.
const Resource = "PolicyConfigResource"

func parse(text string) (map[string]map[string]string, map[string]string) {
	kinds, parents := map[string]map[string]string{}, map[string]string{}
	var current map[string]string
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case line[0] == ' ':
			current[words[0]] = words[1]
		default:
			current = map[string]string{}
			kinds[words[0]] = current
			if len(words) > 1 {
				parents[words[0]] = words[1]
			}
		}
	}
	return kinds, parents
}

// Types are the names of all types, sorted.
func Types() []string { return slices.Sorted(maps.Keys(kinds)) }

// Kind is the kind of a type's property. It is empty where the type has no such property.
func Kind(typ, property string) string {
	if kind, ok := kinds[typ][property]; ok || parents[typ] == "" {
		return kind
	}
	return Kind(parents[typ], property)
}

// Check says what is wrong with a value that is to be of a type: a property that the type does not have, a value of another kind, a
// mandatory property that is missing. A property that is null counts as not sent.
func Check(typ string, value map[string]any) error { return checkType("", typ, value) }

func checkType(at, typ string, value map[string]any) error {
	typ = concrete(typ, value)
	for _, property := range slices.Sorted(maps.Keys(value)) {
		kind := strings.TrimSuffix(Kind(typ, property), "!")
		if kind == "" {
			return fmt.Errorf("%s is no property of %s", at+property, typ)
		}
		if value[property] == nil {
			continue
		}
		if err := checkKind(at+property, kind, value[property]); err != nil {
			return err
		}
	}
	for property, kind := range kinds[typ] {
		if strings.HasSuffix(kind, "!") && value[property] == nil {
			return fmt.Errorf("%s has to have %s", typ, at+property)
		}
	}
	return nil
}

// concrete is the type that a value says it is of, where the type itself only says which there are: SegmentDhcpConfig.
func concrete(typ string, value map[string]any) string {
	said, _ := value["resource_type"].(string)
	if _, known := kinds[said]; known && oneOf(strings.TrimSuffix(Kind(typ, "resource_type"), "!"), said) {
		return said
	}
	return typ
}

func checkKind(at, kind string, value any) error {
	if element, ok := strings.CutPrefix(kind, "["); ok {
		list, isList := value.([]any)
		if !isList {
			return fmt.Errorf("%s has to be a list", at)
		}
		for i, v := range list {
			if err := checkKind(fmt.Sprintf("%s[%d]", at, i), strings.TrimSuffix(element, "]"), v); err != nil {
				return err
			}
		}
		return nil
	}
	if object, ok := value.(map[string]any); ok && kinds[kind] != nil {
		return checkType(at+".", kind, object)
	}
	if !is(kind, value) {
		return fmt.Errorf("%s has to be %s, and is %v", at, kind, value)
	}
	return nil
}

// is says whether a value, as package json decodes it, is of a kind that is no list and no type.
func is(kind string, value any) bool {
	switch v := value.(type) {
	case string:
		return kind == "string" || oneOf(kind, v)
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "integer" && v == float64(int64(v))
	case map[string]any:
		return kind == "object"
	}
	return false
}

// oneOf says whether a kind lists a value. Values that are listed, and types, begin with a capital letter; other kinds do not.
func oneOf(kind, value string) bool {
	return kind != "" && kind[0] <= 'Z' && kinds[kind] == nil && slices.Contains(strings.Split(kind, "|"), value)
}
