// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"maps"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/schema"
)

// sent are the properties that every object has and that who writes it decides.
var sent = map[string]bool{"display_name": true, "description": true, "tags": true}

// own is what who writes an object decides about it: without what is NSX's, and without what is null.
func own(body map[string]any) map[string]any {
	body = maps.Clone(body)
	maps.DeleteFunc(body, func(property string, value any) bool {
		return value == nil || property == "resource_type" || schema.Kind(schema.Resource, property) != "" && !sent[property]
	})
	return body
}

// Answer is an object as NSX answers it to somebody: what was written, and what NSX adds.
func (o *Objects) Answer(x *Object, to Caller) map[string]any {
	body := maps.Clone(x.Body)
	body["id"], body["path"], body["relative_path"], body["parent_path"] = x.ID(), x.Path, x.ID(), o.parent(x.Path)
	body["resource_type"], body["unique_id"], body["realization_id"] = x.Type, x.UniqueID, x.UniqueID
	if x.String("display_name") == "" {
		body["display_name"] = x.ID()
	}
	body["marked_for_delete"], body["overridden"], body["_system_owned"] = !x.deleted.IsZero(), false, x.System
	body["_revision"], body["_protection"] = x.Revision, "NOT_PROTECTED"
	if x.protected(to) {
		body["_protection"] = "REQUIRE_OVERRIDE"
	}
	body["_create_user"], body["_last_modified_user"] = x.Owner, x.Owner
	body["_create_time"], body["_last_modified_time"] = x.made.UnixMilli(), x.changed.UnixMilli()
	return body
}

// protected says whether an object is not somebody's to change: it is of another principal, or NSX's.
func (x *Object) protected(to Caller) bool {
	return x.System || x.Owner != "" && x.Owner != to.Principal
}

// Strings are the texts that a property of a body holds. Its name may lead through objects and lists, as subnets.gateway_address.
func Strings(body map[string]any, property string) []string {
	var all []string
	for _, value := range values(body, property) {
		if text, ok := value.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// values are what a property holds. Its name may lead through objects and lists, as tags.scope.
func values(body any, property string) []any {
	switch v := body.(type) {
	case []any:
		var all []any
		for _, element := range v {
			all = append(all, values(element, property)...)
		}
		return all
	case map[string]any:
		first, rest, more := strings.Cut(property, ".")
		if more {
			return values(v[first], rest)
		}
		if list, ok := v[first].([]any); ok {
			return list
		}
		if v[first] != nil {
			return []any{v[first]}
		}
	}
	return nil
}
