// SPDX-License-Identifier: MPL-2.0

package property

import "testing"

func TestEscapedNames(t *testing.T) {
	t.Parallel()
	for plain, kept := range map[string]string{"web": "web", "a/b": "a%2fb", `a\b`: "a%5cb", "50%": "50%25", "%2f": "%252f", "ünï": "ünï"} {
		if got := EscapeName(plain); got != kept {
			t.Errorf("%q is kept as %q, not %q", plain, got, kept)
		}
		if got := UnescapeName(kept); got != plain {
			t.Errorf("%q reads as %q, not %q", kept, got, plain)
		}
	}
	if got := UnescapeName("A%2FB%5C"); got != `A/B\` {
		t.Errorf("capitals read as %q", got)
	}
	if got := EscapePath("50%/a"); got != "50%25/a" {
		t.Errorf("a path is kept as %q", got)
	}
}
