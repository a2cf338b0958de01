// SPDX-License-Identifier: MPL-2.0

package unsupported

import (
	"fmt"
	"slices"
	"strings"
)

// Row is a noun in the form that tests need.
type Row struct {
	Name, Says, Instead string
	Whole               string // a body that sets all of its arguments
}

// ResourceRows returns the unsupported resources.
func ResourceRows() []Row { return rows(compute, networking, blockstorage, images) }

// DataRows returns the unsupported data sources.
func DataRows() []Row { return rows(networkingData) }

// QuotaRows returns the data sources of quotas.
func QuotaRows() []Row { return rows(unlimited) }

func rows(families ...[]noun) (out []Row) {
	for _, family := range families {
		for _, n := range family {
			out = append(out, Row{"novasphere_" + n.name, n.what + " " + n.because.why, n.because.instead, n.whole()})
		}
	}
	return out
}

// whole writes a body with every argument of a noun that a user may set.
func (n noun) whole() string {
	body := written(append(n.arguments, argument{name: "region", mode: optional}))
	for operation, limited := range map[string]bool{"create": n.limits.create, "update": n.limits.update, "delete": n.limits.delete} {
		if limited {
			body += fmt.Sprintf("  timeouts {\n    %s = \"1m\"\n  }\n", operation)
			break
		}
	}
	return body
}

func written(arguments []argument) string {
	values := map[kind]string{text: `"1"`, number: "1", truth: "true", list: `["1"]`, set: `["1"]`, pairs: `{ k = "1" }`}
	var out strings.Builder
	for _, a := range arguments {
		switch {
		case a.isBlock():
			fmt.Fprintf(&out, "  %s {\n  %s}\n", a.name, written(a.of))
		case a.mode != computed:
			fmt.Fprintf(&out, "  %s = %s\n", a.name, values[a.is])
		}
	}
	return out.String()
}

// Table renders the guide's table of unsupported nouns, grouped by reason, in the order of the nouns.
func Table() string {
	var out strings.Builder
	out.WriteString("| Refused | Because it | Instead |\n|---|---|---|\n")
	nouns, order := map[reason][]string{}, []reason{}
	for _, family := range [][]noun{compute, networking, networkingData, blockstorage, images} {
		for _, n := range family {
			if nouns[n.because] == nil {
				order = append(order, n.because)
			}
			if name := "`" + n.name + "`"; !slices.Contains(nouns[n.because], name) {
				nouns[n.because] = append(nouns[n.because], name)
			}
		}
	}
	for _, r := range order {
		fmt.Fprintf(&out, "| %s | %s | %s |\n", strings.Join(nouns[r], ", "), r.why, r.instead)
	}
	return out.String()
}
