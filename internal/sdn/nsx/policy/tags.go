// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Tag is a label of an object, with a scope that says what kind of label it is (NSX API, Tag).
type Tag struct {
	Scope string `json:"scope"`
	Tag   string `json:"tag"`
}

// NSX's limits of tags.
const (
	maxTags    = 30  // of one object
	maxTagText = 256 // characters
)

// The scopes of this provider's tags.
const (
	ScopeID     = "novasphere-id"     // the id of a network
	ScopePort   = "novasphere-port"   // the id of a port
	ScopeFolder = "novasphere-folder" // Owner.Folder

	scopeMark         = "novasphere-mark"          // who made it and when, as JSON
	scopeUserTag      = "novasphere-tag"           // one of the user's tags
	scopeDNSDomain    = "novasphere-dns-domain"    // of a network
	scopeAlias        = "novasphere-alias"         // of a network
	scopePortSecurity = "novasphere-port-security" // of a network whose ports have none by default: false
)

// The scopes of the tags that Neutron's plugin for NSX writes (vmware-nsxlib, build_v3_tags_payload).
const (
	scopeNeutronNetwork = "os-neutron-net-id"
	scopeNeutronPort    = "os-neutron-port-id"
	scopeNeutronQoS     = "os-neutron-qos-id"
	scopeProject        = "os-project-id"
	scopeProjectName    = "os-project-name"
	scopeAPIVersion     = "os-api-version"
)

// ownScopes are the scopes whose tags a change replaces. Tags of all other scopes stay as they were read, those of security groups too.
var ownScopes = []string{ScopeID, ScopePort, ScopeFolder, scopeMark, scopeUserTag, scopeDNSDomain, scopeAlias, scopePortSecurity,
	scopeNeutronNetwork, scopeNeutronPort, scopeNeutronQoS, scopeProject, scopeProjectName, scopeAPIVersion}

// tags returns an object's tags.
func (o Object) tags() (out []Tag) {
	for _, t := range o.objects("tags") {
		out = append(out, Tag{t.text("scope"), t.text("tag")})
	}
	return out
}

// tagged returns the tags of one scope.
func tagged(tags []Tag, scope string) (out []string) {
	for _, t := range tags {
		if t.Scope == scope {
			out = append(out, t.Tag)
		}
	}
	return out
}

// first returns the first tag of a scope, or "".
func first(tags []Tag, scope string) string {
	if all := tagged(tags, scope); len(all) > 0 {
		return all[0]
	}
	return ""
}

// setTags replaces this provider's tags. NSX returns tags in any order.
func (o Object) setTags(want []Tag) (changed bool, err error) {
	kept := slices.DeleteFunc(o.tags(), func(t Tag) bool { return slices.Contains(ownScopes, t.Scope) })
	all := append(kept, want...)
	if len(all) > maxTags {
		return false, fmt.Errorf("%s would have %d tags in NSX, which allows %d: %d are this provider's, and others have set %d. Remove some of "+
			"those in NSX", label(o.Name(), o.ID()), len(all), maxTags, len(want), len(kept))
	}
	if same(all, o.tags()) {
		return false, nil
	}
	return o.set(map[string]any{"tags": all}, "tags"), nil
}

// same reports whether two lists hold the same values, in any order.
func same[T comparable](a, b []T) bool {
	counts := map[T]int{}
	for _, one := range a {
		counts[one]++
	}
	for _, one := range b {
		counts[one]--
	}
	for _, n := range counts {
		if n != 0 {
			return false
		}
	}
	return true
}

// fitted returns a text that fits into a tag: a longer one is cut, and ends with a checksum of the whole.
func fitted(text string) string {
	if utf8.RuneCountInString(text) <= maxTagText {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	end := "~" + hex.EncodeToString(sum[:8])
	return string([]rune(text)[:maxTagText-len(end)]) + end
}
