// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestVolumesListed: so that a volume that no state has is found.
func TestVolumesListed(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	a, b := l.create("a-1", 1, nil), l.create("b-1", 2, map[string]any{"metadata": map[string]any{"role": "db"}})
	l.instance()
	l.attach(a)
	theirs := l.foreign("pvc-1", b)
	for _, tc := range []struct {
		asked map[string]any
		want  []string
	}{
		{map[string]any{}, []string{a.Text("id"), b.Text("id"), theirs}},
		{map[string]any{"managed": true, "status": "available"}, []string{b.Text("id")}},
		{map[string]any{"managed": false}, []string{theirs}},
		{map[string]any{"name_regex": "-1$", "metadata": map[string]any{"role": "db"}}, []string{b.Text("id")}},
		{map[string]any{"availability_zone": "elsewhere"}, nil},
		{map[string]any{"availability_zone": "nova", "status": "in-use"}, []string{a.Text("id")}},
	} {
		found, said := l.Query("novasphere_blockstorage_volumes", tc.asked)
		if len(said) > 0 {
			t.Fatalf("%v: %v", tc.asked, said)
		}
		var ids []tftypes.Value
		if err := found["ids"].As(&ids); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, id := range ids {
			var text string
			_ = id.As(&text) // the schema says that it is one
			got = append(got, text)
		}
		if fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%v lists %v, and not %v", tc.asked, got, tc.want)
		}
	}
	if _, said := l.Query("novasphere_blockstorage_volumes", map[string]any{"name_regex": "("}); len(protocol.Errors(said)) != 1 {
		t.Errorf("a wrong expression is met with %v", said)
	}
}
