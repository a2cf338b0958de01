// SPDX-License-Identifier: MPL-2.0

package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Flavors holds the planned flavors. They stay until the process ends, because a flavor is made exactly as planned.
type Flavors struct {
	*Set[openstack.Flavor]
	Names
}

func newFlavors() *Flavors {
	return &Flavors{Set: NewSet(Kind[openstack.Flavor]{
		ID:   func(f openstack.Flavor) string { return f.ID },
		Keys: func(f openstack.Flavor) []string { return []string{byName(f.Name), byID(f.ID)} },
	})}
}

// Lookup finds a flavor by id, name or both. Either may be empty.
func (f *Flavors) Lookup(id, name string) (flavor openstack.Flavor, planned bool) {
	if name == "" {
		return f.Find(byID(id))
	}
	flavor, planned = f.Find(byName(name))
	return flavor, planned && (id == "" || flavor.ID == id)
}

// byName and byID make keys of objects that can be looked up by either text, so that a name never matches an id.
func byName(name string) string { return "name " + name }
func byID(id string) string     { return "id " + id }
