// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path"
	"strings"
	"testing"
)

// linked returns what a room's program is made of: the rooms of this module that it reaches, and their imports of the standard library.
func linked(t *testing.T, program string) map[string]bool {
	t.Helper()
	all, reached, todo := rooms(t), map[string]bool{program: true}, []string{program}
	for len(todo) > 0 {
		room := todo[0]
		todo = todo[1:]
		for _, file := range all[room] {
			for _, imported := range imports(t, file) {
				imported = path.Clean(imported)
				if reached[imported] || !isStandard(imported) && all[imported] == nil {
					continue
				}
				reached[imported] = true
				if all[imported] != nil {
					todo = append(todo, imported)
				}
			}
		}
	}
	return reached
}

// TestProviderHasNothingOfTests: the provider is built without the simulators, the recordings of Nova's driver, which novasim has, and the
// package testing.
func TestProviderHasNothingOfTests(t *testing.T) {
	t.Parallel()
	provider := linked(t, ".")
	for room := range provider {
		if strings.HasPrefix(room, "internal/acctest") || room == "testing" {
			t.Errorf("the provider is built with %s", room)
		}
	}
	if !provider["internal/vmspec"] || !linked(t, "internal/cmd/novasim")["internal/acctest/recordings"] {
		t.Error("what the programs are known to have is not found in them: the test does not see all of them")
	}
}
