// SPDX-License-Identifier: MPL-2.0

// Package policy is the tree of objects of an embedded NSX Manager: what the Policy API's verbs do to it, revisions, references, deletions
// that take their time, realization, lists and search. It knows no type: the rules about each come from a Noun.
package policy

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Delays are how long NSX takes. Zero is a default that is short and there; a negative one is none.
type Delays struct {
	// Publish is until something is known of the realization of a new object, and Realize from then, or from a change, until it is realized.
	Publish, Realize time.Duration
	// Delete is how long an object whose deletion was accepted is still there, marked.
	Delete time.Duration
	// Search is how far the search is behind.
	Search time.Duration
	// Detach is until a port without its NIC is free, and Vanish until a port that NSX made by itself goes with its NIC.
	Detach, Vanish time.Duration
}

// WithDefaults replaces what is zero.
func (d Delays) WithDefaults() Delays {
	for field, usual := range map[*time.Duration]time.Duration{&d.Publish: 5 * time.Millisecond, &d.Realize: 5 * time.Millisecond,
		&d.Delete: 20 * time.Millisecond, &d.Search: 20 * time.Millisecond, &d.Detach: 10 * time.Millisecond, &d.Vanish: 40 * time.Millisecond} {
		if *field == 0 {
			*field = usual
		}
		*field = max(*field, 0)
	}
	return d
}

// Object is one object of the tree. Body is what was written, without what NSX adds to it.
type Object struct {
	Path, Type string
	Noun       *Noun
	Body       map[string]any
	Revision   int
	// UniqueID is NSX's own id of the object, and RealizedID that of what is realized of it.
	UniqueID, RealizedID string
	// Owner is the principal that made it, who alone may change it; empty for a user. System objects are NSX's own.
	Owner  string
	System bool

	made, changed, deleted time.Time // deleted is zero as long as nobody asked for it
	fault                  *Fault
	shown                  []version
}

// ID is the last part of the path.
func (x *Object) ID() string { return lastPart(x.Path) }

// String is the value of a property that is a string, and empty where it is not there.
func (x *Object) String(property string) string {
	s, _ := x.Body[property].(string)
	return s
}

// Made is when the object was created.
func (x *Object) Made() time.Time { return x.made }

// Listing is a list of what has no path: the property that tells its elements apart, and these as they are for a query.
type Listing struct {
	Key string
	All func(*Objects, url.Values) []map[string]any
}

// Objects are all objects of a manager. They are not locked: a Tree does that.
type Objects struct {
	// Roots are the beginnings of paths that there are, as /infra.
	Roots []string
	// Delays are how long what takes.
	Delays Delays
	// Lists are what else can be listed, by the path below a root: what NSX found out, and nobody wrote.
	Lists map[string]Listing
	// Refuse makes the refusal of a revision that is not the object's.
	Refuse func(format string, args ...any) *Refusal
	// Misuse takes down what would have harmed a real NSX.
	Misuse func(format string, args ...any)

	nouns []*Noun
	all   map[string]*Object
	ahead time.Duration
}

// Now is the manager's time.
func (o *Objects) Now() time.Time { return time.Now().Add(o.ahead) }

// Get gives an object that is there and not being deleted, or nil.
func (o *Objects) Get(path string) *Object {
	if x := o.all[path]; x != nil && x.deleted.IsZero() {
		return x
	}
	return nil
}

// Deleting says whether an object is marked for deletion and still there.
func (o *Objects) Deleting(path string) bool {
	x := o.all[path]
	return x != nil && !x.deleted.IsZero()
}

// Each gives all objects of a type that are there, by path; of every type where it is empty.
func (o *Objects) Each(typ string) []*Object {
	var found []*Object
	for _, path := range slices.Sorted(maps.Keys(o.all)) {
		if x := o.all[path]; x.deleted.IsZero() && (typ == "" || x.Type == typ) {
			found = append(found, x)
		}
	}
	return found
}

// Below gives what lies below an object, marked for deletion or not.
func (o *Objects) Below(path string) []*Object {
	var found []*Object
	for _, p := range slices.Sorted(maps.Keys(o.all)) {
		if strings.HasPrefix(p, path+"/") {
			found = append(found, o.all[p])
		}
	}
	return found
}

// Put makes or changes an object without a check: what NSX and the operator do.
func (o *Objects) Put(path string, body map[string]any) *Object {
	p, ok := o.place(path)
	if !ok || p.collection || p.view != "" {
		panic("policy: no object can be at " + path)
	}
	x := o.Get(path)
	if x == nil {
		x = &Object{Path: path, Type: p.noun.Type, Noun: p.noun, UniqueID: uuid.NewString(), Revision: -1, made: o.Now()}
		x.RealizedID = x.UniqueID
		o.all[path] = x
	}
	if said, ok := body["resource_type"].(string); ok {
		x.Type = said
	}
	x.Body = own(body)
	for property, value := range p.noun.Defaults {
		if _, sent := x.Body[property]; !sent {
			x.Body[property] = value
		}
	}
	o.Touch(x)
	return x
}

// Touch tells that an object has changed.
func (o *Objects) Touch(x *Object) {
	x.Revision++
	x.changed = o.Now()
	o.show(x)
	if x.Noun.Written != nil {
		x.Noun.Written(o, x)
	}
}

// Remove marks an object for deletion without a check.
func (o *Objects) Remove(x *Object) {
	x.deleted = o.Now()
	o.show(x)
	if x.Noun.Deleted != nil {
		x.Noun.Deleted(o, x)
	}
}

// sweep lets objects go whose deletion is over.
func (o *Objects) sweep() {
	now := o.Now()
	maps.DeleteFunc(o.all, func(_ string, x *Object) bool {
		return !x.deleted.IsZero() && !now.Before(x.deleted.Add(o.Delays.Delete))
	})
}
