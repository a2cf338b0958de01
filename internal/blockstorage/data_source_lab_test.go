// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ask reads a data source, which must report nothing.
func (l *lab) ask(kind string, config map[string]any) map[string]tftypes.Value {
	l.Helper()
	found, reported := l.Query("novasphere_blockstorage_"+kind, config)
	if len(reported) > 0 {
		l.Fatalf("%v: %v", config, reported)
	}
	return found
}

// fails fails the test unless a data source reports an error with a text.
func (l *lab) fails(kind string, config map[string]any, text string) {
	l.Helper()
	if _, reported := l.Query("novasphere_blockstorage_"+kind, config); !strings.Contains(fmt.Sprint(reported), text) {
		l.Errorf("%v: %v, and not %q", config, reported, text)
	}
}

// list are the elements of a list, sorted, or the values of a map by their keys.
func list(l *lab, v tftypes.Value) (out []string) {
	l.Helper()
	var all []tftypes.Value
	if err := v.As(&all); err != nil {
		l.Fatal(err)
	}
	for _, each := range all {
		out = append(out, word(l, each))
	}
	slices.Sort(out)
	return out
}

func word(l *lab, v tftypes.Value) (out string) {
	l.Helper()
	if err := v.As(&out); err != nil {
		l.Fatal(err)
	}
	return out
}
