// SPDX-License-Identifier: MPL-2.0

package catalogue

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// flavorsOf returns records of n flavors.
func flavorsOf(t testing.TB, n int) records.Set {
	t.Helper()
	set, err := records.Alone(func(all records.Set) error {
		for i := range n {
			f := openstack.Flavor{ID: fmt.Sprint(i), Name: fmt.Sprintf("m1.%d", i), VCPUs: 1, RAM: 1024, ExtraSpecs: map[string]string{"a": "b"}}
			if err := all.Put(flavorKind, f.ID, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestFlavorByNameDoesNotGrow: the cost of finding a flavor by name does not grow with their number.
func TestFlavorByNameDoesNotGrow(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	cost := func(n int) float64 {
		view := flavorsOf(t, n)
		look := func() {
			if f, err := flavorByName(view, "", "m1.5"); err != nil || f.ID != "5" {
				t.Fatal(f, err)
			}
		}
		look()
		return testing.AllocsPerRun(10, look)
	}
	if few, many := cost(10), cost(1000); many > few {
		t.Errorf("a flavor among ten takes %.0f allocations, and among a thousand %.0f", few, many)
	}
}

// BenchmarkFlavor measures finding a flavor by its name.
func BenchmarkFlavor(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("of %d", n), func(b *testing.B) {
			view := flavorsOf(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := flavorByName(view, "", "m1.5"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
