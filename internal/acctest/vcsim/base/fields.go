// SPDX-License-Identifier: MPL-2.0

package base

import (
	"reflect"
)

// Merge gives base with the fields that top sets.
func Merge[T any](base, top *T) *T {
	switch {
	case top == nil:
		return base
	case base == nil:
		return top
	}
	merged := *base
	to, from := reflect.ValueOf(&merged).Elem(), reflect.ValueOf(top).Elem()
	for i := range from.NumField() {
		if !from.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return &merged
}

// Copy is a copy of what a pointer points to; nil of nil.
func Copy[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

// FirstSet is the first of two that is set.
func FirstSet(a, b *bool) *bool {
	if a != nil {
		return a
	}
	return b
}

// IsTrue reads a boolean that may be left out.
func IsTrue(b *bool) bool { return b != nil && *b }

// Differs reports whether want asks for something other than what there is; nothing there is the zero value.
func Differs[T comparable](want, have *T) bool {
	var zero T
	if have == nil {
		have = &zero
	}
	return want != nil && *want != *have
}

// FirstOf is the first string that is not empty.
func FirstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
