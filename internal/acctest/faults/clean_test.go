// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestClean: the compared inventories of two runs without a fault are equal.
func TestClean(t *testing.T) {
	t.Parallel()
	form(t)
	for _, noun := range append(nouns(), mixture()) {
		t.Run(noun.Name, func(t *testing.T) {
			t.Parallel()
			noun.Clean(t)
			for _, verb := range noun.Verbs() {
				if v := faults.Play(t, noun, verb, 0, faults.Kinds[0]); !v.Good() {
					t.Errorf("%s: %s", verb, v)
				}
			}
		})
	}
}

// TestOneFault plays one case of the suite in every run of all tests: the answer to the write of a record is lost.
func TestOneFault(t *testing.T) {
	t.Parallel()
	noun := nouns()[1]
	calls := noun.Clean(t)[faults.Create]
	at := slices.Index(calls, "ReconfigVM_Task") + 1
	if at == 0 {
		t.Fatalf("the key pair was not written: %v", calls)
	}
	if v := faults.Play(t, noun, faults.Create, at, faults.Kinds[1]); !v.Good() || v.Call != "ReconfigVM_Task" {
		t.Errorf("%s: %s", v.Call, v)
	}
}

// TestVerdict: leaked, lost and doubled lines are told apart, and a label may be missing.
func TestVerdict(t *testing.T) {
	t.Parallel()
	more, missing := faults.Differences(faults.Inventory{"a", "b", "label: tag x"}, faults.Inventory{"a", "a", "c"})
	if !slices.Equal(more, []string{"a", "c"}) || !slices.Equal(missing, []string{"b"}) {
		t.Errorf("more: %v, missing: %v", more, missing)
	}
	said := &protocol.Failure{Address: "novasphere_compute_flavor.small[1]", Diagnostic: protocol.Diagnostic{
		Text: openstack.ImportHint("novasphere_compute_flavor", "17") + openstack.ImportBlock("novasphere_networking_router", "18")}}
	referred := func(_, kind string) string { return kind + ".r" }
	if found := faults.Imports(errors.Join(errors.New("another"), said), referred); !maps.Equal(found,
		map[string]string{said.Address: "17", "novasphere_networking_router.r": "18"}) {
		t.Errorf("the import blocks are %v", found)
	}
}
