// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// stepped is a noun whose calls are counted step by step.
type stepped struct {
	noun   string // "volume"
	costs  string // the heading of its table: what it is whose cost is shown
	whom   string // who is called; empty: the vCenter
	steps  []string
	calls  func(t *testing.T, n int, delay time.Duration) map[string]sample
	budget func(step string, n int) int // how many calls a step may take for n of it, beside those of the sessions
}

// bench measures the noun for make bench, and prints the calls of each step in all, and for each one. skip leaves out numbers, of which
// first are those of the first delay.
func (s stepped) bench(t *testing.T, skip func(n int, first bool) bool) {
	t.Helper()
	if *benchSizes == "" {
		t.Skip("make bench measures")
	}
	head := "| " + s.noun + "s | added per call |"
	for _, step := range s.steps {
		head += " " + step + ": calls, each, s |"
	}
	fmt.Printf("\nWhat %s cost %s, ten at a time: calls in all, calls per %s, seconds.\n\n%s\n|---|---|%s\n", s.costs,
		cmp.Or(s.whom, "the vCenter"), s.noun, head, strings.Repeat("---|", len(s.steps)))
	for _, n := range numbers(t, *benchSizes) {
		for i, delay := range numbers(t, *benchDelays) {
			if skip(n, i == 0) {
				continue
			}
			measured := s.calls(t, n, time.Duration(delay)*time.Millisecond)
			row := fmt.Sprintf("| %d | %d ms |", n, delay)
			for _, step := range s.steps {
				total := acctest.Total(measured[step].calls)
				row += fmt.Sprintf(" %d, %.2f, %.1f |", total, float64(total)/float64(n), measured[step].took.Seconds())
			}
			fmt.Println(row)
		}
	}
}

// check fails the test where a step takes more calls than its budget.
func (s stepped) check(t *testing.T, n int) {
	t.Helper()
	measured := s.calls(t, n, callDelay)
	for _, step := range s.steps {
		calls := measured[step].calls
		for _, session := range []string{"GET /sdk/vimServiceVersions.xml", "RetrieveServiceContent", "Login", "Logout"} {
			delete(calls, session)
		}
		t.Logf("%-8s %5.2f calls per %s, %4d in all, %4.1f s: %s", step, float64(acctest.Total(calls))/float64(n), s.noun,
			acctest.Total(calls), measured[step].took.Seconds(), callList(calls))
		if most := s.budget(step, n); acctest.Total(calls) > most {
			t.Errorf("%s: %d calls, more than %d: %s", step, acctest.Total(calls), most, callList(calls))
		}
	}
}
