// SPDX-License-Identifier: MPL-2.0

// Package cloudconfig writes cloud-init's configuration (#cloud-config) of values, and checks them by the keys that cloud-init knows. It
// works on values alone: maps, lists, texts, numbers, truth values and nil.
package cloudconfig

import (
	"errors"
	"slices"
)

// header is the first line, by which cloud-init tells a configuration from a script.
const header = "#cloud-config\n"

// Text returns the configuration as cloud-init reads it: YAML with the keys in alphabetical order, each text such that YAML 1.1, which
// cloud-init's parser speaks, reads the same text again. It returns all errors of the values, and none repeats a value, which may be
// secret.
func Text(values map[string]any) (string, error) {
	if err := check(values); err != nil {
		return "", err
	}
	text, err := encoded(values)
	return header + text, err
}

// check reports the keys that cloud-init does not know, and the values that it could not use.
func check(values map[string]any) error {
	var all []error
	for _, key := range sortedKeys(values) {
		all = append(all, one(key, values[key]))
	}
	return errors.Join(all...)
}

// one checks a key of the first level. A null means that it is not written.
func one(key string, value any) error {
	is, known := keys[key]
	switch {
	case !known:
		return unknown(key, "key", sortedKeys(keys))
	case value == nil:
		return nil
	}
	return is.check(key, value)
}

func sortedKeys[V any](of map[string]V) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
