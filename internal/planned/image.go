// SPDX-License-Identifier: MPL-2.0

package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Images holds the planned images: those that do not exist yet, whose id is known only where it is written, and what existing ones become.
// The size of a root disk is known only where its file can be looked at.
type Images struct {
	*Set[openstack.Image]
	Names
}

func newImages() *Images {
	return &Images{Set: NewSet(Kind[openstack.Image]{
		ID: func(i openstack.Image) string { return i.ID },
		Keys: func(i openstack.Image) []string {
			keys := []string{byName(i.Name)}
			if i.ID != "" {
				keys = append(keys, byID(i.ID))
			}
			return keys
		},
	})}
}

// Lookup finds an image by id, name or both. Either may be empty.
func (i *Images) Lookup(id, name string) (image openstack.Image, planned bool) {
	switch {
	case id != "":
		image, planned = i.Find(byID(id))
	case name != "":
		image, planned = i.Find(byName(name))
	}
	return image, planned && (name == "" || image.Name == name)
}

// Made drops what was planned of an image: from now on the vCenter's answer counts.
func (i *Images) Made(name, id string) {
	i.Set.mu.Lock()
	defer i.Set.mu.Unlock()
	delete(i.items, byName(name))
	delete(i.items, byID(id))
}
