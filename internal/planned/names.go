package planned

import "sync"

// The kinds of objects whose names are unique, as errors call them.
const (
	NamedFlavor      = "flavor"
	NamedKeyPair     = "key pair"
	NamedServerGroup = "server group"
	NamedAggregate   = "aggregate"
	NamedInstance    = "instance"
)

// Names holds the names that are planned for objects of one kind, and the objects that the configuration has already. Terraform plans a
// replacement as if nothing were there, and does not tell that it is one: an object of the configuration never speaks against one new claim
// of its name. Creation looks again, and is strict.
type Names struct {
	mu     sync.Mutex
	claims map[string]string // the id of the object that is to have a name; empty: one that is yet to be made
	owned  map[string]bool   // ids of the configuration's objects
}

// Own notes that an object is one of this configuration's: its name is not somebody else's.
func (n *Names) Own(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.owned == nil {
		n.owned = map[string]bool{}
	}
	n.owned[id] = true
}

// Owns tells whether an object is known to be one of this configuration's.
func (n *Names) Owns(id string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.owned[id]
}

// Claim plans a name for the object with an id, or for one that is yet to be made. It is taken where another one that is yet to be made is
// to have it: what exists already may be what is made anew.
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

// Release forgets a plan for a name: it is carried out now, and whether it can be is seen then.
func (n *Names) Release(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.claims, name)
}
