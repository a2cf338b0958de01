// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// TestCalls breaks the calls of every verb of every noun, one at a time: in the long form all of them in every way, and in the short form
// every fifth, with alternating ways, and where there is an NSX, of the calls to that alone. FAULTS_SEED chooses other calls. To run one
// of them alone:
//
//	FAULTS=long go test ./internal/acctest/faults -run 'TestCalls/^port$/create/7/answer_lost'
func TestCalls(t *testing.T) {
	t.Parallel()
	breaks := map[string]selection{"long": func(string, int, int) bool { return true }, "short": func(name string, call, kind int) bool {
		call += int(seed(t) % 5)
		if faults.ToNSX(name) {
			return call%5 == 0 && (call/5+kind)%len(faults.Kinds) == 0
		}
		return call%5 == 0 && (call/5+kind)%4 == 0
	}}[form(t)]
	var table faults.Table
	t.Cleanup(func() { t.Logf("\n%s", table.Markdown()) }) // after all parallel tests
	for _, noun := range nouns() {
		t.Run(noun.Name, func(t *testing.T) {
			t.Parallel()
			clean := noun.Clean(t)
			for _, verb := range noun.Verbs() {
				t.Run(string(verb), func(t *testing.T) { calls(t, &table, noun, verb, clean[verb], breaks) })
			}
		})
	}
}

// selection tells whether a call is broken in a way, by its name and the numbers of both.
type selection func(name string, call, kind int) bool

// form returns the suite's form, short or long. Without one it skips the test.
func form(t *testing.T) string {
	t.Helper()
	switch form := os.Getenv("FAULTS"); form {
	case "short", "long":
		return form
	case "":
		t.Skip("make test-faults runs it")
	default:
		t.Fatalf("FAULTS is %q: it must be short or long", form)
	}
	return ""
}

// calls breaks the calls of a verb that breaks selects, in the ways that it selects. Those of a noun on NSX to the vCenter are those of the
// same noun without.
func calls(t *testing.T, table *faults.Table, noun *faults.Noun, verb faults.Verb, names []string, breaks selection) {
	table.Clean(noun.Name, verb, len(names))
	for i, name := range names {
		for k, fault := range faults.Kinds {
			if !breaks(name, i+1, k) || noun.NSX != nil && !faults.ToNSX(name) && form(t) == "short" {
				continue
			}
			t.Run(fmt.Sprintf("%d/%s", i+1, fault.Name), func(t *testing.T) {
				t.Parallel()
				verdict := faults.Play(t, noun, verb, i+1, fault)
				table.Add(noun.Name, verb, verdict)
				if !verdict.Good() {
					t.Errorf("%s, which is usually %s, broken at call %d (%s): %s", verdict.Call, name, i+1, fault.Name, verdict)
				}
			})
		}
	}
}
