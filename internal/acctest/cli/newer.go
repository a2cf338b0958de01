// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Verbs is the minor version of Terraform 1 that brought `terraform query`, actions and the generation of configuration by providers. Its
// changelog dates all three to 1.14.0. OpenTofu 1.12 has none of them, and its numbers say nothing about Terraform's.
const Verbs = 14

// IsTerraform reports whether this CLI is Terraform 1.minor or later. OpenTofu never is, whatever its version, because it decides for
// itself which verbs of Terraform it takes up. A development or candidate version counts as the version that it leads to.
func (c CLI) IsTerraform(minor int) bool {
	var major, found int
	if _, err := fmt.Sscanf(c.Version, "Terraform v%d.%d", &major, &found); err != nil || c.Tofu {
		return false
	}
	return major > 1 || major == 1 && found >= minor
}

// FindTerraform returns the first Terraform 1.minor or later among $TF and the directories of PATH. ok is false where there is none: it
// neither builds one nor takes another.
func FindTerraform(ctx context.Context, minor int) (found CLI, ok bool) {
	var paths []string
	if named := os.Getenv("TF"); named != "" {
		paths = append(paths, named)
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		paths = append(paths, filepath.Join(dir, "terraform"))
	}
	for _, each := range paths {
		path, err := exec.LookPath(each)
		if err != nil {
			continue
		}
		if found, err = inspect(ctx, path); err == nil && found.IsTerraform(minor) {
			return found, true
		}
	}
	return CLI{}, false
}

// Identities reports whether import blocks of this CLI may name an identity in place of an id: since Terraform 1.12 and OpenTofu 1.12.
func (c CLI) Identities() bool {
	var major, minor int
	if _, err := fmt.Sscanf(c.Version, "OpenTofu v%d.%d", &major, &minor); err == nil {
		return major > 1 || major == 1 && minor >= 12
	}
	return c.IsTerraform(12)
}
