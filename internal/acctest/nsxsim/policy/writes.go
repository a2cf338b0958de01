// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"slices"
	"unicode/utf8"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/schema"
)

// The longest texts, in characters, and the most tags (schema of PolicyConfigResource and Tag).
const (
	longestName, longestDescription = 255, 1024
	longestScope, longestTag        = 128, 256
	mostTags                        = 30
)

// write creates an object, or replaces all of it. Without a revision it only creates.
func (o *Objects) write(q request) (any, *Refusal) {
	if refusal := q.checkBody(); refusal != nil {
		return nil, refusal
	}
	if up := o.parent(q.path); o.Get(up) == nil && !slices.Contains(o.Roots, up) {
		return nil, NotThere("the parent path=[%s] is invalid", up)
	}
	x := o.Get(q.path)
	if refusal := o.checkRevision(q, x); refusal != nil {
		return nil, refusal
	}
	if x != nil && x.protected(q.Caller) && !q.Overwrite {
		return nil, NotYours("the object path=[%s] is protected: somebody else made it", q.path)
	}
	body := own(q.body)
	if said := q.body["resource_type"]; said != nil {
		body["resource_type"] = said
	}
	if refusal := o.checkReferences(q.noun, q.path, body); refusal != nil {
		return nil, refusal
	}
	if q.noun.Check != nil {
		candidate := &Object{Path: q.path, Noun: q.noun}
		if x != nil {
			candidate = x
		}
		if refusal := q.noun.Check(o, candidate, body); refusal != nil {
			return nil, refusal
		}
	}
	created := x == nil
	x = o.Put(q.path, body)
	if created {
		x.Owner = q.Principal
	}
	return o.Answer(x, q.Caller), nil
}

// checkBody refuses a body that no object of the type can have.
func (q request) checkBody() *Refusal {
	if id := q.body["id"]; id != nil && id != lastPart(q.path) {
		return Invalid("the id %v is not that of path=[%s]", id, q.path)
	}
	typ, said := q.noun.Schema, q.body["resource_type"]
	if name, ok := said.(string); said != nil && (!ok || !slices.Contains(q.noun.types(), name)) {
		return Invalid("resource_type %v cannot be at path=[%s]", said, q.path)
	}
	if err := schema.Check(typ, q.body); err != nil {
		return Invalid("%v", err)
	}
	if len(values(q.body, "tags")) > mostTags {
		return Invalid("tags has more than %d entries", mostTags)
	}
	for property, longest := range map[string]int{"display_name": longestName, "description": longestDescription,
		"tags.scope": longestScope, "tags.tag": longestTag} {
		for _, value := range values(q.body, property) {
			if text, ok := value.(string); ok && utf8.RuneCountInString(text) > longest {
				return Invalid("%s is longer than %d characters", property, longest)
			}
		}
	}
	return nil
}

// checkRevision refuses a write that does not know the object as it is.
func (o *Objects) checkRevision(q request, x *Object) *Refusal {
	revision, sent := q.body["_revision"].(float64)
	switch {
	case o.Deleting(q.path):
		return BeingDeleted("the object path=[%s] is marked for deletion", q.path)
	case x == nil && sent:
		return o.Refuse("there is no object path=[%s] of revision %v", q.path, revision)
	case x != nil && !sent:
		return AlreadyExists("an object path=[%s] exists already", q.path)
	case x != nil && int(revision) != x.Revision:
		return o.Refuse("the object path=[%s] is of revision %d, not %v: read it and try again", q.path, x.Revision, revision)
	}
	return nil
}

// delete marks an object for deletion. A second deletion of it is none.
func (o *Objects) delete(q request) *Refusal {
	for _, flag := range []string{"force", "cascade"} {
		if q.query.Get(flag) == "true" {
			o.Misuse("the deletion of %s says %s=true, which skips NSX's checks", q.path, flag)
		}
	}
	x := o.Get(q.path)
	if x == nil {
		return NotThere("the path=[%s] is invalid", q.path)
	}
	if x.protected(q.Caller) && !q.Overwrite {
		return NotYours("the object path=[%s] is protected: somebody else made it", q.path)
	}
	if q.noun.CheckDeletion != nil {
		if refusal := q.noun.CheckDeletion(o, x); refusal != nil {
			return refusal
		}
	}
	if refusal := o.checkUnused(x); refusal != nil {
		return refusal
	}
	o.Remove(x)
	return nil
}
