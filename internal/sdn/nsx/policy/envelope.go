// SPDX-License-Identifier: MPL-2.0

package policy

import "encoding/json"

// Tags returns the tags of an object with an id: the id, and the folder of these records. neutronScope is the scope that Neutron's plugin
// for NSX gives the id, empty where it has none.
func (w Owner) Tags(id, neutronScope string) []Tag {
	var out []Tag
	for _, t := range w.tagsOf(id, ScopeID, neutronScope) {
		if t.Scope != "" {
			out = append(out, t)
		}
	}
	return out
}

// MayChange refuses an object that somebody else made. noun is what OpenStack calls it.
func (w Owner) MayChange(noun string, o Object) error { return w.mayChange(noun, o) }

// Merge changes an object as it was read: the given fields to what a body says, and this provider's tags. All else stays. It refuses an
// object that somebody else made, and reports whether anything differed. noun is what OpenStack calls the object.
func (w Owner) Merge(noun string, o Object, body any, tags []Tag, fields ...string) (changed bool, err error) {
	if err := w.mayChange(noun, o); err != nil {
		return false, err
	}
	retagged, err := o.setTags(tags)
	if err != nil {
		return false, err
	}
	return o.set(body, fields...) || retagged, nil
}

// Set changes the given fields to what a body says, removes those that it leaves out, and reports whether any differed.
func (o Object) Set(body any, fields ...string) (changed bool) { return o.set(body, fields...) }

// Text returns a field, or "" where it is absent or no string.
func (o Object) Text(field string) string { return o.text(field) }

// Objects returns the objects of a list.
func (o Object) Objects(field string) []Object { return o.objects(field) }

// Tags returns an object's tags.
func (o Object) Tags() []Tag { return o.tags() }

// Label returns an object's name with its id, for people.
func (o Object) Label() string { return label(o.Name(), o.ID()) }

// As returns what a body of a type would be that said what the object does: fields that the type does not have are left out.
func As[T any](o Object) (body T) {
	raw, _ := json.Marshal(o)      // what was decoded from JSON always encodes
	_ = json.Unmarshal(raw, &body) // a field of another kind stays empty, and so differs from what is wanted
	return body
}

// MaxTags is how many tags an object of NSX can have.
const MaxTags = maxTags
