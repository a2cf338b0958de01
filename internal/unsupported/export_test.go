package unsupported

import (
	"fmt"
	"slices"
	"strings"
)

// Row is a noun as tests see it.
type Row struct {
	Name, Says, Instead string
	Whole               string // a body that has all of its arguments
}

// ResourceRows are the resources, whose plans are refused.
func ResourceRows() []Row { return rows(compute, networking, blockstorage, images) }

// DataRows are the data sources that are refused.
func DataRows() []Row { return rows(networkingData, blockstorageData) }

// QuotaRows are the data sources that have one answer.
func QuotaRows() []Row { return rows(unlimited) }

func rows(families ...[]noun) (out []Row) {
	for _, family := range families {
		for _, n := range family {
			out = append(out, Row{"novasphere_" + n.name, n.what + " " + n.because.why, n.because.instead, n.whole()})
		}
	}
	return out
}

// whole writes everything that a user may write of a noun.
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

// Table is the guide's table of what is refused: reason by reason, in the order in which the nouns have them.
func Table() string {
	var out strings.Builder
	out.WriteString("| Refused | Because it | Instead |\n|---|---|---|\n")
	nouns, order := map[reason][]string{}, []reason{}
	for _, family := range [][]noun{compute, networking, networkingData, blockstorage, blockstorageData, images} {
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
