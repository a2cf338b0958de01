// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"encoding/json"
	"reflect"
)

// Object is an object of the Policy API as it was read. It also holds fields that others have set: NSX replaces a whole object on PUT, so a
// change is made on what was read, and everything else goes back as it came.
type Object map[string]any

// ID returns the object's id, which whoever made it has chosen.
func (o Object) ID() string { return o.text("id") }

// Path returns the object's policy path, by which other objects refer to it.
func (o Object) Path() string { return o.text("path") }

// Name returns the object's display_name, or "" where it has none: NSX shows its id then.
func (o Object) Name() string {
	if name := o.text("display_name"); name != o.ID() {
		return name
	}
	return ""
}

// text returns a field, or "" where it is absent or no string.
func (o Object) text(field string) string {
	text, _ := o[field].(string)
	return text
}

// texts returns the strings of a list.
func (o Object) texts(field string) (out []string) {
	all, _ := o[field].([]any)
	for _, one := range all {
		if text, ok := one.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// object returns an object within the object, nil where there is none.
func (o Object) object(field string) Object { return asObject(o[field]) }

// objects returns the objects of a list.
func (o Object) objects(field string) (out []Object) {
	all, _ := o[field].([]any)
	for _, one := range all {
		if object := asObject(one); object != nil {
			out = append(out, object)
		}
	}
	return out
}

func asObject(value any) Object {
	switch v := value.(type) {
	case map[string]any:
		return v
	case Object:
		return v
	}
	return nil
}

// set changes the given fields to what a body says, and removes those that it leaves out. It reports whether any differed.
func (o Object) set(body any, fields ...string) (changed bool) {
	wanted := asObject(plain(body))
	for _, field := range fields {
		want, have := wanted[field], o[field]
		if isNothing(have) && isNothing(want) || reflect.DeepEqual(trimmed(plain(have)), trimmed(want)) {
			continue
		}
		if changed = true; isNothing(want) {
			delete(o, field)
		} else {
			o[field] = want
		}
	}
	return changed
}

// setWithin does what set does in an object within the object, which it makes where there is none.
func (o Object) setWithin(field string, body any, fields ...string) bool {
	within := o.object(field)
	if within == nil {
		within = Object{}
	}
	changed := within.set(body, fields...)
	if changed {
		o[field] = map[string]any(within)
	}
	return changed
}

// isNothing reports whether a value is what NSX answers for a field that was never set.
func isNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	return false
}

// trimmed returns a value from plain without the fields that were never set.
func trimmed(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for field, one := range v {
			if !isNothing(one) {
				out[field] = trimmed(one)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = trimmed(one)
		}
		return out
	}
	return value
}

// plain returns a value as encoding/json would read it back.
func plain(value any) (out any) {
	raw, _ := json.Marshal(value) // bodies and what was decoded from JSON always encode
	_ = json.Unmarshal(raw, &out)
	return out
}

// Copy returns an object that shares nothing with this one, so that a merge may change it.
func (o Object) Copy() Object { return As[Object](o) }
