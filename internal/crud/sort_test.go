// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

func TestSort(t *testing.T) {
	t.Parallel()
	keys := crud.SortKeys[string]{"text": func(s string) string { return s }, "last": func(s string) string { return s[len(s)-1:] }}
	for _, tc := range []struct{ key, direction, want, wrong string }{
		{"", "", "bx ay cx", ""},
		{"text", "", "ay bx cx", ""},
		{"text", "desc", "cx bx ay", ""},
		{"last", "asc", "bx cx ay", ""},
		{"last", "desc", "ay bx cx", ""},
		{"size", "", "", `nothing is sorted by "size": write last, text`},
		{"text", "up", "", `it is "up": write asc or desc`},
		{"", "up", "", `it is "up"`},
	} {
		all := strings.Fields("bx ay cx")
		err := keys.Sort(all, types.StringValue(tc.key), types.StringValue(tc.direction))
		switch {
		case tc.wrong != "":
			if err == nil || !strings.Contains(err.Error(), tc.wrong) {
				t.Errorf("%+v: %v", tc, err)
			}
		case err != nil || !slices.Equal(all, strings.Fields(tc.want)):
			t.Errorf("%+v: %v, %v", tc, all, err)
		}
	}
}
