// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"
)

// TestGoFilesNameTheLicence: every Go file begins with SPDX's line of the licence, apart from the documentation of its package.
func TestGoFilesNameTheLicence(t *testing.T) {
	t.Parallel()
	seen := 0
	eachGoFile(t, func(file string) {
		seen++
		if !strings.HasPrefix(textOf(t, file), licence+"\n") {
			t.Errorf("%s does not begin with %q and an empty line: every file names its licence", file, strings.TrimSpace(licence))
		}
	})
	if seen == 0 {
		t.Error("no Go file was looked at")
	}
}
