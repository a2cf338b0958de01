// SPDX-License-Identifier: MPL-2.0

package planned

import "sync"

// The kinds of objects whose names are unique, as errors call them.
const (
	NamedFlavor      = "flavor"
	NamedKeyPair     = "key pair"
	NamedServerGroup = "server group"
	NamedAggregate   = "aggregate"
	NamedInstance    = "instance"
	NamedImage       = "image"
)

// Names holds the planned names of one kind of object, and the ids of the objects that the configuration already manages. Terraform plans
// a replacement as a creation, without telling the provider, so an object of the configuration never blocks one new claim of its name.
// The creation checks again, and is strict.
type Names struct {
	mu     sync.Mutex
	claims map[string]string // by name: the id of the object that will have it; empty: an object that does not exist yet
	owned  map[string]bool   // ids of the configuration's objects
}

// Own records that an object belongs to this configuration.
func (n *Names) Own(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.owned == nil {
		n.owned = map[string]bool{}
	}
	n.owned[id] = true
}

// Owns reports whether an object is known to belong to this configuration.
func (n *Names) Owns(id string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.owned[id]
}

// Claim plans a name for the object with an id, or with an empty id for an object that does not exist yet. It reports whether another
// object that does not exist yet has claimed the name. A claim by an existing object is no conflict: this claim may be for its
// replacement.
func (n *Names) Claim(name, id string) (taken bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.claims == nil {
		n.claims = map[string]string{}
	}
	other, claimed := n.claims[name]
	n.claims[name] = id
	return claimed && other == ""
}

// Release drops the claim of a name when its plan is applied: the apply itself checks the name.
func (n *Names) Release(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.claims, name)
}
