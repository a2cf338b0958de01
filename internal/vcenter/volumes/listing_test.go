// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"errors"
	"testing"
	"time"
)

// TestListing: a listing answers once for each volume, and no longer once something was changed or its time is over.
func TestListing(t *testing.T) {
	t.Parallel()
	var l listing[int]
	all := func() (map[string]int, error) { return map[string]int{"a": 1, "b": 2, "c": 3}, nil }
	kept := func(want bool, ids ...string) {
		t.Helper()
		if _, got := l.kept(ids); got != want {
			t.Errorf("%v are kept: %v", ids, got)
		}
	}
	kept(false, "a")
	if found, err := l.read([]string{"a"}, all); err != nil || found["b"] != 2 {
		t.Fatal(found, err)
	}
	kept(true, "b")
	kept(false, "b", "c")
	kept(false, "a")
	kept(true, "c", "of nobody")
	l.at = l.at.Add(-2 * listingLife)
	kept(false, "d")
	_, _ = l.read(nil, func() (map[string]int, error) { l.drop(); return all() })
	kept(false, "a")
	_, _ = l.read(nil, all)
	l.drop()
	kept(false, "a")
	failed := errors.New("no answer")
	if _, err := l.read(nil, func() (map[string]int, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	kept(false, "a")
	if l.at.After(time.Now()) {
		t.Error("it is of the future")
	}
}
