package faults_test

import (
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// TestClean: what is compared is the same in two runs without a fault.
func TestClean(t *testing.T) {
	t.Parallel()
	for _, noun := range append(nouns(), mixture()) {
		t.Run(noun.Name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			clean := noun.Clean(t)
			for _, verb := range noun.Verbs() {
				t.Log(verb, len(clean[verb]), clean[verb])
				if v := faults.Play(t, noun, verb, 0, faults.Kinds[0]); !v.Good() {
					t.Errorf("%s: %s", verb, v)
				}
			}
			t.Log(time.Since(begun))
		})
	}
}
