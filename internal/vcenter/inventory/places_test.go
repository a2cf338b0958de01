// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"errors"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// store returns a datastore with free GiB, which tests may modify.
func store(name, kind string, free int64) mo.Datastore {
	var d mo.Datastore
	d.Self = ref{Type: "Datastore", Value: name}
	d.Name = name
	d.Summary = types.DatastoreSummary{Name: name, Type: kind, Accessible: true, FreeSpace: free << 30, MaintenanceMode: "normal"}
	return d
}

func TestDatastoreRule(t *testing.T) {
	t.Parallel()
	away, resting := store("away", "VMFS", 900), store("resting", "NFS", 900)
	away.Summary.Accessible, resting.Summary.MaintenanceMode = false, "inMaintenance"
	all := []mo.Datastore{away, store("backup", "VFFS", 900), store("fast-1", "VMFS", 100), store("fast-2", "vsan", 300), resting,
		store("slow-1", "NFS41", 500), store("very-fast", "NFS", 400)}
	for _, test := range []struct{ pattern, want, wrong string }{
		{"", "fast-1 fast-2 slow-1 very-fast", ""},
		{"fast", "fast-1 fast-2", ""}, // at the start, as in Nova
		{".*fast", "fast-1 fast-2 very-fast", ""},
		{"slow|fast-1", "fast-1 slow-1", ""},
		{"tape", "", "away is not accessible, backup is of type VFFS, fast-1 does not match"},
		{"(", "", "not a regular expression"},
	} {
		got, err := eligible(all, test.pattern, "compute")
		var names []string
		for _, d := range got {
			names = append(names, d.Name)
		}
		if strings.Join(names, " ") != test.want || (err == nil) != (test.wrong == "") {
			t.Errorf("%q: %v, %v", test.pattern, names, err)
		}
		var field *openstack.FieldError
		if err != nil && (!strings.Contains(err.Error(), test.wrong) || !errors.As(err, &field) || field.Field != "datastore_regex") {
			t.Errorf("%q: %v", test.pattern, err)
		}
	}
}

// TestMostFreeSpace: placements of one process are spread as by Nova's scheduler, because space of instances in creation counts as used.
func TestMostFreeSpace(t *testing.T) {
	t.Parallel()
	p := newPlaces(&Inventory{})
	p.c.Places = p
	_, _ = p.storesOnce.Get(func() ([]mo.Datastore, error) {
		return []mo.Datastore{store("a", "VMFS", 100), store("b", "VMFS", 150)}, nil
	})
	var got []string
	for range 5 {
		d, err := p.datastore(t.Context(), 40<<30)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.Name)
	}
	if want := "b b a b a"; strings.Join(got, " ") != want {
		t.Errorf("placed on %v, not %s", got, want)
	}
}

func TestPickPool(t *testing.T) {
	t.Parallel()
	root := ref{Type: "ResourcePool", Value: "root"}
	pool := func(id, name, parent string) (p mo.ResourcePool) {
		p.Self, p.Name, p.Parent = ref{Type: "ResourcePool", Value: id}, name, &ref{Type: "ResourcePool", Value: parent}
		return p
	}
	top := pool("root", "Resources", "domain")
	all := []mo.ResourcePool{top, pool("1", "prod", "root"), pool("2", "web", "1"), pool("3", "test", "root"), pool("4", "web", "3"),
		pool("5", "db", "1")}
	for _, test := range []struct{ wanted, id, wrong string }{
		{"prod", "1", ""}, {"prod/web", "2", ""}, {"/test/web/", "4", ""}, {"db", "5", ""},
		{"web", "", `2 resource pools called "web"`}, {"prod/webb", "", `"prod/web"`}, {"nothing", "", "the nearest names"},
	} {
		got, err := pickPool(root, "compute", test.wanted, all)
		if got.Value != test.id || (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%q: %q, %v", test.wanted, got.Value, err)
		}
		var field *openstack.FieldError
		if err != nil && (!errors.As(err, &field) || field.Field != "resource_pool") {
			t.Errorf("%q: the error is not at resource_pool: %v", test.wanted, err)
		}
	}
}
