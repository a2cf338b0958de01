package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Flavors holds the flavors that are planned. They stay there until the process ends: a flavor that is made is as it was planned.
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

// Lookup finds a flavor by its id, its name or both. Either may be empty.
func (f *Flavors) Lookup(id, name string) (flavor openstack.Flavor, planned bool) {
	if name == "" {
		return f.Find(byID(id))
	}
	flavor, planned = f.Find(byName(name))
	return flavor, planned && (id == "" || flavor.ID == id)
}

// Keys of objects that are looked up by either of two texts, which must not be taken for one another.
func byName(name string) string { return "name " + name }
func byID(id string) string     { return "id " + id }
