package vcenter

import (
	"errors"
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// catalogueOf holds so many flavors.
func catalogueOf(t testing.TB, n int) *holding {
	t.Helper()
	h := &holding{book: newBook(map[string]string{})}
	changed, out := h.apply("records", []writing{{change: func(all Records) error {
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
	return &holding{book: newBook(changed)}
}

// What an instance costs does not grow with the records that are there.
func TestLooksAtRecordsDoNotGrow(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	cost := func(n int) (byName, all float64) {
		view := catalogueOf(t, n).view("records")
		look := func() {
			if f, err := flavorByName(view, "", "m1.5"); err != nil || f.ID != "5" {
				t.Fatal(f, err)
			}
		}
		look()
		byName = testing.AllocsPerRun(10, look)
		return byName, testing.AllocsPerRun(10, func() {
			if found, err := All[openstack.Flavor](view, flavorKind); err != nil || len(found) != n {
				t.Fatal(len(found), err)
			}
		})
	}
	few, fewAll := cost(10)
	many, manyAll := cost(1000)
	if many > few || manyAll > fewAll {
		t.Errorf("a flavor among ten takes %.0f allocations and among a thousand %.0f; all of them take %.0f and %.0f", few, many, fewAll, manyAll)
	}
}

// A write sees its own changes and those before it, and nobody else does until it is read back.
func TestWritesAreApart(t *testing.T) {
	t.Parallel()
	h := catalogueOf(t, 3)
	before := h.view("records")
	changed, out := h.apply("records", []writing{
		{change: func(all Records) error {
			all.Drop(flavorKind, "0")
			return all.Put(flavorKind, "10", openstack.Flavor{ID: "10", Name: "m1.new"})
		}},
		{change: func(all Records) error {
			found, err := All[openstack.Flavor](all, flavorKind)
			if err != nil || len(found) != 3 || found[0].ID != "1" || found[1].Name != "m1.new" || fmt.Sprint(all.IDs(flavorKind)) != "[1 10 2]" {
				t.Errorf("after the first change there are %+v %v", found, err)
			}
			all.Drop(flavorKind, "1")
			return errors.New("no")
		}},
		{change: func(all Records) error {
			if err := all.Get(flavorKind, "0", &openstack.Flavor{}); !errors.Is(err, openstack.ErrNotFound) {
				t.Errorf("what was dropped is found: %v", err)
			}
			all.Drop(flavorKind, "7") // it was never there
			return all.Get(flavorKind, "1", &openstack.Flavor{})
		}},
	})
	if out[0].Err != nil || out[1].Err == nil || out[2].Err != nil {
		t.Errorf("the changes ended with %v", out)
	}
	if len(changed) != 2 || changed[recordKey(flavorKind, "0")] != "" || changed[recordKey(flavorKind, "10")] == "" {
		t.Errorf("the difference is %v", changed)
	}
	if found, err := All[openstack.Flavor](before, flavorKind); err != nil || len(found) != 3 || found[0].ID != "0" {
		t.Errorf("who looked before sees %+v %v", found, err)
	}
}

// What somebody has edited by hand is refused every time, and what replaces it is read.
func TestRecordsAreDecodedByTheirText(t *testing.T) {
	t.Parallel()
	h := catalogueOf(t, 2)
	good, key := h.raw[recordKey(flavorKind, "1")], recordKey(flavorKind, "1")
	h.raw[key] = good + " "
	h.raw[key] = "edited"
	for range 2 {
		if _, err := All[openstack.Flavor](h.view("records"), flavorKind); err == nil {
			t.Error("an edited record is read")
		}
	}
	again := newBook(map[string]string{key: good})
	again.decoded = h.decoded
	if f, err := peek[openstack.Flavor](Records{book: again}, flavorKind, "1"); err != nil || f.Name != "m1.1" {
		t.Errorf("%+v %v", f, err)
	}
}

// BenchmarkFlavor is what an instance's flavor costs, found by its name.
func BenchmarkFlavor(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("of %d", n), func(b *testing.B) {
			view := catalogueOf(b, n).view("records")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := flavorByName(view, "", "m1.5"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkClaim is what a flavor costs that is made among others.
func BenchmarkClaim(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("among %d", n), func(b *testing.B) {
			h := catalogueOf(b, n)
			b.ReportAllocs()
			for b.Loop() {
				_, out := h.apply("records", []writing{{change: func(all Records) error {
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

// BenchmarkLook is what it costs to ask about many objects at once.
func BenchmarkLook(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("at %d", n), func(b *testing.B) {
			questions := make([]wire.PropertyQuery, n)
			for i := range questions {
				questions[i] = wire.PropertyQuery{Object: ref{Type: "VirtualMachine", Value: fmt.Sprint("vm-", i)}, Paths: serverPaths}
			}
			b.ReportAllocs()
			for b.Loop() {
				wire.FilterSpecs(questions, nil)
			}
		})
	}
}
