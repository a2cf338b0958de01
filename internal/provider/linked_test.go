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

// TestProgramsHaveNothingOfTests: the provider is built without the simulators and without the recordings of Nova's driver, which novasim
// has. No room in either of them imports the package testing.
func TestProgramsHaveNothingOfTests(t *testing.T) {
	t.Parallel()
	provider, novasim := linked(t, "."), linked(t, "internal/cmd/novasim")
	for room := range provider {
		if strings.HasPrefix(room, "internal/acctest") {
			t.Errorf("the provider is built with %s", room)
		}
	}
	for name, rooms := range map[string]map[string]bool{"the provider": provider, "novasim": novasim} {
		if rooms["testing"] {
			t.Errorf("a room in %s imports the package testing", name)
		}
	}
	for _, room := range []string{"internal/provider", "internal/vmspec"} {
		if !provider[room] {
			t.Errorf("%s is not found in the provider: what is measured is not its program", room)
		}
	}
	if !novasim["internal/acctest/recordings"] {
		t.Error("novasim is built without the recordings")
	}
}
