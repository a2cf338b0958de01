// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

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
