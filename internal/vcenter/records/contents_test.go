// SPDX-License-Identifier: MPL-2.0

package records

import (
	"errors"
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// flavorKind is a kind of record.
const flavorKind = "flavor"

// catalogueOf returns a catalogue of n flavors.
func catalogueOf(t testing.TB, n int) *snapshot {
	t.Helper()
	h := &snapshot{contents: newContents(map[string]string{})}
	changed, out := h.apply("records", []writing{{change: func(all Set) error {
		for i := range n {
			f := openstack.Flavor{ID: fmt.Sprint(i), Name: fmt.Sprintf("m1.%d", i), VCPUs: 1, RAM: 1024, ExtraSpecs: map[string]string{"a": "b"}}
			if err := all.Put(flavorKind, f.ID, f); err != nil {
				return err
			}
		}
		return nil
	}}})
	if out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	return &snapshot{contents: newContents(changed)}
}

// The cost of reading does not grow with the number of records.
func TestLooksAtRecordsDoNotGrow(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	cost := func(n int) float64 {
		view := catalogueOf(t, n).view("records")
		return testing.AllocsPerRun(10, func() {
			if found, err := All[openstack.Flavor](view, flavorKind); err != nil || len(found) != n {
				t.Fatal(len(found), err)
			}
		})
	}
	if few, many := cost(10), cost(1000); many > few {
		t.Errorf("all of ten records take %.0f allocations, and all of a thousand %.0f", few, many)
	}
}

// A write sees its own changes and those before it; other readers see them only after the next read.
func TestWritesAreApart(t *testing.T) {
	t.Parallel()
	h := catalogueOf(t, 3)
	before := h.view("records")
	changed, out := h.apply("records", []writing{
		{change: func(all Set) error {
			all.Drop(flavorKind, "0")
			return all.Put(flavorKind, "10", openstack.Flavor{ID: "10", Name: "m1.new"})
		}},
		{change: func(all Set) error {
			found, err := All[openstack.Flavor](all, flavorKind)
			if err != nil || len(found) != 3 || found[0].ID != "1" || found[1].Name != "m1.new" || fmt.Sprint(all.IDs(flavorKind)) != "[1 10 2]" {
				t.Errorf("after the first change there are %+v %v", found, err)
			}
			all.Drop(flavorKind, "1")
			return errors.New("no")
		}},
		{change: func(all Set) error {
			if err := all.Get(flavorKind, "0", &openstack.Flavor{}); !errors.Is(err, openstack.ErrNotFound) {
				t.Errorf("what was dropped is found: %v", err)
			}
			all.Drop(flavorKind, "7") // it never existed
			return all.Get(flavorKind, "1", &openstack.Flavor{})
		}},
	})
	if out[0].Err != nil || out[1].Err == nil || out[2].Err != nil {
		t.Errorf("the changes ended with %v", out)
	}
	if len(changed) != 2 || changed[Key(flavorKind, "0")] != "" || changed[Key(flavorKind, "10")] == "" {
		t.Errorf("the difference is %v", changed)
	}
	if found, err := All[openstack.Flavor](before, flavorKind); err != nil || len(found) != 3 || found[0].ID != "0" {
		t.Errorf("who looked before sees %+v %v", found, err)
	}
}

// A record that was edited by hand is refused every time, and its replacement is read.
func TestRecordsAreDecodedByTheirText(t *testing.T) {
	t.Parallel()
	h := catalogueOf(t, 2)
	good, key := h.raw[Key(flavorKind, "1")], Key(flavorKind, "1")
	h.raw[key] = good + " "
	h.raw[key] = "edited"
	for range 2 {
		if _, err := All[openstack.Flavor](h.view("records"), flavorKind); err == nil {
			t.Error("an edited record is read")
		}
	}
	again := newContents(map[string]string{key: good})
	again.decoded = h.decoded
	if f, err := Peek[openstack.Flavor](Set{book: again}, flavorKind, "1"); err != nil || f.Name != "m1.1" {
		t.Errorf("%+v %v", f, err)
	}
}

// BenchmarkClaim measures making a flavor among others.
func BenchmarkClaim(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("among %d", n), func(b *testing.B) {
			h := catalogueOf(b, n)
			b.ReportAllocs()
			for b.Loop() {
				_, out := h.apply("records", []writing{{change: func(all Set) error {
					_, err := All[openstack.Flavor](all, flavorKind)
					return errors.Join(err, all.Put(flavorKind, "new", openstack.Flavor{ID: "new"}))
				}}})
				if out[0].Err != nil {
					b.Fatal(out[0].Err)
				}
			}
		})
	}
}
