package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestOlderVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		have, want string
		older      bool
	}{
		{"6.7.3", "7.0", true}, {"7.0", "7.0", false}, {"7.0.0.0", "7.0", false}, {"8.0.3.0", "7.0", false}, {"8", "8.0.1", true},
		{"10.0", "9.1", false}, {"", "7.0", true}, {"7.0", "7.0.0.1", true},
		{"none", "7.0", true}, {"8.0", "none", false}, {"7.0.0.2", "7.0.0.10", true},
	} {
		if got := OlderVersion(test.have, test.want); got != test.older {
			t.Errorf("%q older than %q: %t", test.have, test.want, got)
		}
	}
}

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

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"m1.xlarge", "m1.small", "c2.tiny", "gpu", "m1.medium", "big", "M1.SMALL2"}
	got := Nearest("m1.smal", names)
	if len(got) != 5 || got[0] != "m1.small" || got[1] != "M1.SMALL2" {
		t.Errorf("nearest are %v", got)
	}
	if !slices.Equal(Nearest("x", nil), []string{}) {
		t.Error("there are names near nothing")
	}
	if names[0] != "m1.xlarge" {
		t.Error("the caller's names were sorted")
	}
	if err := NoSuch("flavor", "m1.smal", "the catalogue", names); !errors.Is(err, openstack.ErrNotFound) ||
		!strings.Contains(err.Error(), `"m1.small"`) {
		t.Error(err)
	}
	if err := NoSuch("flavor", "x", "the catalogue", nil); !errors.Is(err, openstack.ErrNotFound) ||
		!strings.Contains(err.Error(), "has none") {
		t.Error(err)
	}
}
