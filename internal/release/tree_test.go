// SPDX-License-Identifier: MPL-2.0

package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// root is the root of the tree, seen from this package.
const root = "../.."

// contentOf returns the text of a file, named from the root.
func contentOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decoded reads what into has keys for out of a YAML file.
func decoded(t *testing.T, file string, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(contentOf(t, file)))
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// current is the version that the file VERSION says.
func current(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(contentOf(t, "VERSION"))
}
