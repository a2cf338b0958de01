// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"slices"
	"strings"
)

// Noun is a type of objects: where they lie, and the rules about them.
type Noun struct {
	// Pattern is the path below a root, with * for an id: segments/*/ports/*.
	Pattern string
	// Type is what resource_type says; Types are those that objects of this place can be of, where there are several.
	Type  string
	Types []string
	// Schema is the type whose properties are checked. Nobody can write objects without one.
	Schema string
	// Entity is the type of what is realized of an object.
	Entity string
	// References are the properties that hold a path, or a list of paths, and the types of what they may lead to.
	References map[string][]string
	// IsLiteral says whether a value of such a property is no path, as ANY is none. Where it is nil every value is one.
	IsLiteral func(value string) bool
	// Defaults are properties that an object gets where they are not sent.
	Defaults map[string]any
	// Kept are properties that a PATCH without them leaves as they are.
	Kept []string
	// Check refuses what an object may not say. It may complete the body.
	Check func(*Objects, *Object, map[string]any) *Refusal
	// CheckDeletion refuses a deletion before it is looked whether the object is in use.
	CheckDeletion func(*Objects, *Object) *Refusal
	// Fault is what keeps an object from being realized as things are, and nil where nothing does.
	Fault func(*Objects, *Object) *Fault
	// Written and Deleted are told about a change that has been made.
	Written, Deleted func(*Objects, *Object)
	// Views are what can be read below an object by the name of the last part of the path, as /state.
	Views map[string]func(*Objects, *Object) any
}

// types are the types that objects of a noun can be of.
func (n *Noun) types() []string { return append(slices.Clone(n.Types), n.Type) }

// place is where a path leads: to an object, to a collection of objects, or to a view of an object.
type place struct {
	noun       *Noun
	path       string // of the object, or of the collection without an end
	collection bool
	view       string
}

// place finds where a path leads.
func (o *Objects) place(path string) (place, bool) {
	root, below := o.split(path)
	if root == "" {
		return place{}, false
	}
	for _, n := range o.nouns {
		if matches(n.Pattern, below) {
			return place{noun: n, path: path}, true
		}
		if collection := strings.TrimSuffix(n.Pattern, "/*"); collection != n.Pattern && matches(collection, below) {
			return place{noun: n, path: path, collection: true}, true
		}
		for view := range n.Views {
			if object, ok := strings.CutSuffix(below, "/"+view); ok && matches(n.Pattern, object) {
				return place{noun: n, path: root + "/" + object, view: view}, true
			}
		}
	}
	return place{}, false
}

// split cuts a path into a root that there is and what is below. Without one the root is empty.
func (o *Objects) split(path string) (root, below string) {
	for _, root := range o.Roots {
		if below, ok := strings.CutPrefix(path, root+"/"); ok {
			return root, below
		}
	}
	return "", ""
}

func matches(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	return len(want) == len(have) && !slices.ContainsFunc(have, func(s string) bool { return s == "" }) &&
		slices.EqualFunc(want, have, func(w, h string) bool { return w == "*" || w == h })
}

// parent is the path of the object that a path lies below; a root where it is at the top.
func (o *Objects) parent(path string) string {
	root, _ := o.split(path)
	for up := path; len(up) > len(root); {
		up = up[:strings.LastIndex(up, "/")]
		if p, ok := o.place(up); ok && !p.collection && p.view == "" {
			return up
		}
	}
	return root
}

func lastPart(path string) string { return path[strings.LastIndex(path, "/")+1:] }
