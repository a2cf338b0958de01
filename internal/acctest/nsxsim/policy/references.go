// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"maps"
	"slices"
	"strings"
)

// checkReferences refuses a path that leads to nothing, to an object of a type that cannot stand there, or into another project.
func (o *Objects) checkReferences(n *Noun, path string, body map[string]any) *Refusal {
	root, _ := o.split(path)
	for _, property := range slices.Sorted(maps.Keys(n.References)) {
		for _, value := range values(body, property) {
			target, _ := value.(string)
			if n.IsLiteral != nil && n.IsLiteral(target) {
				continue
			}
			x := o.Get(target)
			if x == nil {
				return BadReference("the path=[%s] of %s is invalid", target, property)
			}
			if !slices.Contains(n.References[property], x.Type) {
				return BadReference("the path=[%s] of %s leads to a %s", target, property, x.Type)
			}
			if theirs, _ := o.split(target); theirs != root && !x.System {
				return BadReference("the path=[%s] of %s is not visible in %s", target, property, root)
			}
		}
	}
	return nil
}

// Users are the objects that refer to an object.
func (o *Objects) Users(path string) []*Object {
	var found []*Object
	for _, x := range o.Each("") {
		for property := range x.Noun.References {
			if slices.Contains(values(x.Body, property), any(path)) {
				found = append(found, x)
				break
			}
		}
	}
	return found
}

// checkUnused refuses the deletion of an object that has children or is referred to. What lies below and is marked for deletion does not
// count.
func (o *Objects) checkUnused(x *Object) *Refusal {
	var paths []string
	for _, below := range o.Below(x.Path) {
		if below.deleted.IsZero() {
			paths = append(paths, below.Path)
		}
	}
	for _, user := range o.Users(x.Path) {
		paths = append(paths, user.Path)
	}
	if len(paths) == 0 {
		return nil
	}
	return InUse("the object path=[%s] cannot be deleted: it has children or is referred to by path=[%s]", x.Path, strings.Join(paths, ", "))
}
