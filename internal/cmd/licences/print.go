// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

const preface = `Third-party licences

The provider and novasim are under the Mozilla Public License 2.0 (LICENSE). Besides their own code they contain what is listed here, each
under its own licence, whose text follows the list. Where a version matters, "go version -m" tells those that a program was built with.
`

// goItself holds the standard library and the runtime of Go, which every program contains. Their licence is that of Go's other modules.
const (
	goItself = "Go's standard library and runtime"
	goModule = "golang.org/x/sys"
)

// A group is one text with all that have it, word for word.
type group struct {
	licence, body string
	holders       []string
}

// writeList writes who is under which licence, and each text once.
func writeList(out io.Writer, texts []text) error {
	groups := grouped(texts)
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprint(table, preface, "\n") // its error comes with Flush
	for _, row := range rows(texts) {
		_, _ = fmt.Fprintln(table, row)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, g := range groups {
		title, holders := cmp.Or(g.licence, "Notice"), strings.Join(g.holders, "\n  ")
		if _, err := fmt.Fprintf(out, "\n%s\n%s\n  %s\n\n%s", strings.Repeat("=", 80), title, holders, g.body); err != nil {
			return err
		}
	}
	return nil
}

// rows names each holder of a licence once, with all of its licences.
func rows(texts []text) []string {
	licences := map[string][]string{}
	for _, t := range withGo(texts) {
		if t.licence != "" && !slices.Contains(licences[t.holder], t.licence) {
			licences[t.holder] = append(licences[t.holder], t.licence)
		}
	}
	var out []string
	for holder, of := range licences {
		slices.Sort(of)
		out = append(out, holder+"\t"+strings.Join(of, ", "))
	}
	slices.Sort(out)
	return out
}

// grouped joins those that have the same text, in the order of licences and names.
func grouped(texts []text) []*group {
	byBody := map[string]*group{}
	var out []*group
	for _, t := range withGo(texts) {
		g := byBody[t.body]
		if g == nil {
			g = &group{licence: t.licence, body: t.body}
			byBody[t.body] = g
			out = append(out, g)
		}
		g.holders = append(g.holders, strings.TrimSuffix(t.holder+": "+strings.ReplaceAll(t.head, "\n", ", "), ": "))
	}
	for _, g := range out {
		slices.Sort(g.holders)
		g.holders = slices.Compact(g.holders)
	}
	slices.SortFunc(out, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.licence, b.licence), cmp.Compare(a.holders[0], b.holders[0]), cmp.Compare(a.body, b.body))
	})
	return out
}

// withGo adds the standard library, whose text is read where it is the same on each machine.
func withGo(texts []text) []text {
	for _, t := range texts {
		if t.holder == goModule {
			return append(slices.Clone(texts), text{holder: goItself, licence: t.licence, body: t.body})
		}
	}
	return texts
}
