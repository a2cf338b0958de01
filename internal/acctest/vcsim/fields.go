package vcsim

import (
	"reflect"
	"strconv"
)

// over gives base with the fields that top sets.
func over[T any](base, top *T) *T {
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

func copied[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

func firstSet(a, b *bool) *bool {
	if a != nil {
		return a
	}
	return b
}

func set(b *bool) bool { return b != nil && *b }

// differs says whether want asks for something other than what there is; nothing there is the zero value.
func differs[T comparable](want, have *T) bool {
	var zero T
	if have == nil {
		have = &zero
	}
	return want != nil && *want != *have
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
