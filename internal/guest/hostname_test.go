// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"errors"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestComputerName(t *testing.T) {
	t.Parallel()
	for of, want := range map[string][2]string{ // of Linux and of Windows
		"web":                       {"web", "web"},
		"Web_1.example":             {"web-1-example", "web-1-example"},
		"fifteen-letters":           {"fifteen-letters", "fifteen-letters"},
		"web-frontend-production-1": {"web-frontend-production-1", "web-fronte-ca33"},
		"web-frontend-production-2": {"web-frontend-production-2", "web-fronte-5db2"},
		"123456789-123456":          {"123456789-123456", "123456789-fa42"},
		"日本 1a":                     {"1a", "1a"},
	} {
		for i, windows := range []bool{false, true} {
			if got, err := computerName(windows, of); err != nil || got != want[i] {
				t.Errorf("%s, Windows %v: %q, %v, not %q", of, windows, got, err, want[i])
			}
			if got, _ := computerName(windows, of); windows && len(got) > 15 {
				t.Errorf("%s is too long", got)
			}
		}
	}
	for of, says := range map[string]string{"": "letters from a to z", "日本": "letters from a to z", "--": "letters from a to z",
		"2024": "have a letter"} {
		var field *openstack.FieldError
		if _, err := computerName(false, of); !errors.As(err, &field) || field.Field != "name" || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", of, err)
		}
	}
}

func TestHostname(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"web-0": "web-0", "Web 0": "web-0", "a.b_c": "a-b-c", "Grüße": "grüße", "a__b": "a--b",
		"-a.": "a", "x²": "x²", "日本-1": "1", "---": "Server-u", "": "Server-u",

		strings.Repeat("a", 80): strings.Repeat("a", 63)} {
		if got := Hostname(name, "u"); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
