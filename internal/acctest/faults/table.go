// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// String formats the verdict for a test's log.
func (v Verdict) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "converges: %v, after %d applies", v.Converges, v.Applies)
	for what, lines := range map[string][]string{"lost": v.Lost, "leaked": v.Leaked, "doubled": v.Doubled} {
		for _, line := range lines {
			fmt.Fprintf(&out, "\n%s: %s", what, line)
		}
	}
	for i, said := range v.Story {
		fmt.Fprintf(&out, "\n--- %d: %s", i+1, said)
	}
	return out.String()
}

// Table counts verdicts by noun and verb.
type Table struct {
	mu   sync.Mutex
	rows []*row
}

type row struct {
	what                                                string
	calls, cases, missed, lost, leaked, doubled, adrift int
	applies                                             [mostApplies + 1]int // more than mostApplies count as mostApplies
}

func (t *Table) row(noun string, verb Verb) *row {
	what := noun + ", " + string(verb)
	if i := slices.IndexFunc(t.rows, func(r *row) bool { return r.what == what }); i >= 0 {
		return t.rows[i]
	}
	t.rows = append(t.rows, &row{what: what})
	return t.rows[len(t.rows)-1]
}

// Clean records how many calls a verb makes without a fault.
func (t *Table) Clean(noun string, verb Verb, calls int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.row(noun, verb).calls = calls
}

// Add counts a verdict.
func (t *Table) Add(noun string, verb Verb, v Verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.row(noun, verb)
	r.cases++
	for n, wrong := range map[*int]bool{&r.missed: v.Call == "", &r.lost: len(v.Lost) > 0, &r.leaked: len(v.Leaked) > 0,
		&r.doubled: len(v.Doubled) > 0, &r.adrift: !v.Converges} {
		if wrong {
			*n++
		}
	}
	r.applies[min(v.Applies, mostApplies)]++
}

// Markdown returns the table for the documentation.
func (t *Table) Markdown() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortFunc(t.rows, func(a, b *row) int { return strings.Compare(a.what, b.what) })
	var out strings.Builder
	out.WriteString("| noun and verb | calls | faults | not met | lost | leaked | doubled | not converging | applies after it: 0, 1, 2, 3 " +
		"|\n|---|---|---|---|---|---|---|---|---|\n")
	var sum row
	for _, r := range append(slices.Clone(t.rows), &sum) {
		if r == &sum {
			r.what = "all"
		}
		fmt.Fprintf(&out, "| %s | %d | %d | %d | %d | %d | %d | %d | %v |\n", r.what, r.calls, r.cases, r.missed, r.lost, r.leaked, r.doubled,
			r.adrift, r.applies)
		sum.add(r)
	}
	return out.String()
}

func (r *row) add(other *row) {
	r.calls, r.cases, r.missed, r.lost = r.calls+other.calls, r.cases+other.cases, r.missed+other.missed, r.lost+other.lost
	r.leaked, r.doubled, r.adrift = r.leaked+other.leaked, r.doubled+other.doubled, r.adrift+other.adrift
	for i := range r.applies {
		r.applies[i] += other.applies[i]
	}
}
