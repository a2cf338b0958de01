// SPDX-License-Identifier: MPL-2.0

package catalogue

import (
	"cmp"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const flavorKind = "flavor"

// flavorSpace is the UUID namespace of flavor ids that the provider chooses. An id follows from the name, so that it is known at plan
// time, and a flavor made again under its old name is the same flavor to its instances.
var flavorSpace = uuid.MustParse("6f6b1a1c-3f0e-5b0c-9a53-0d9a7c1e5d11")

// FlavorID returns the id of a flavor without one in the configuration.
func FlavorID(name string) string { return uuid.NewSHA1(flavorSpace, []byte(name)).String() }

// flavorByName finds a flavor that was not found by id. An unreadable record is an error only where it may be the wanted one.
func flavorByName(all records.Set, id, name string) (f openstack.Flavor, err error) {
	index, _ := records.Memo(all, "flavors by name", func() (flavorIndex, error) { return indexFlavors(all), nil })
	if of, is := index.ids[name]; is && id == "" {
		return f, all.Get(flavorKind, of, &f)
	}
	if index.unreadable != nil {
		return f, index.unreadable
	}
	if of, is := index.ids[name]; is {
		return f, openstack.Contradiction("no flavor in the catalogue has the id %q, and the one called %q has the id %q", id, name, of)
	}
	if of, is := index.ids[id]; is && name == "" {
		return f, openstack.NotFound("no flavor in the catalogue has the id %q; the flavor of that name has the id %q: write this id, or find "+
			"the flavor by its name", id, of)
	}
	return f, faults.NoSuch("flavor", cmp.Or(name, id), "the catalogue", slices.Clone(index.names))
}

// flavorIndex finds flavors by their names.
type flavorIndex struct {
	ids        map[string]string
	names      []string
	unreadable error // the error of an unreadable record, if any
}

func indexFlavors(all records.Set) flavorIndex {
	index := flavorIndex{ids: map[string]string{}}
	for _, id := range all.IDs(flavorKind) {
		f, err := records.Peek[openstack.Flavor](all, flavorKind, id)
		if err != nil {
			index.unreadable = err
			continue
		}
		index.names = append(index.names, f.Name)
		if _, twin := index.ids[f.Name]; !twin && f.Name != "" {
			index.ids[f.Name] = id
		}
	}
	return index
}

// flavorNamed returns the id of the flavor of a name; empty if there is none.
func flavorNamed(all records.Set, name string) string {
	index, _ := records.Memo(all, "flavors by name", func() (flavorIndex, error) { return indexFlavors(all), nil })
	return index.ids[name]
}
