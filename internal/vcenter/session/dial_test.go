// SPDX-License-Identifier: MPL-2.0

package session

import (
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAuthorities reads certificates from a file, from a list of files and from text.
func TestAuthorities(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	text, err := os.ReadFile(vc.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir() + "/empty.pem"
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ given, wrong string }{
		"file":      {vc.CAFile, ""},
		"list":      {vc.CAFile + string(os.PathListSeparator) + vc.CAFile, ""},
		"text":      {string(text), ""},
		"bad text":  {"-----BEGIN CERTIFICATE-----\nnonsense", "no certificate that can be read"},
		"empty":     {empty, "holds no certificate in PEM form"},
		"no file":   {"/nonexistent.pem", "cannot be read"},
		"not given": {"", "not trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := configFor(vc)
			cfg.CAFile = test.given
			err := readFolderName(t.Context(), clientOf(t, cfg))
			if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
