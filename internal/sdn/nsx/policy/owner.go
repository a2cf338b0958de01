// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Owner tells this provider's objects from those of others, by their tags.
type Owner struct {
	Folder  string   // where the records are: the vCenter's instance UUID, datacenter and folder, with slashes between them
	Neutron *Neutron // nil: objects do not bear the tags of Neutron's plugin
}

// The endings of the ids of a port's static bindings, as Neutron's plugin for NSX has them.
const (
	v4Suffix = "-ipv4"
	v6Suffix = "-ipv6"
)

// Neutron is what Neutron's plugin for NSX writes into the tags of each object besides its id.
type Neutron struct {
	ProjectID, ProjectName string
	APIVersion             string
}

// Owns reports whether an object bears this provider's tags: its own id, and the folder of these records. Another vCenter's or folder's
// objects are somebody else's.
func (w Owner) Owns(o Object) bool {
	tags, id := o.tags(), o.ID()
	port := strings.TrimSuffix(strings.TrimSuffix(id, v4Suffix), v6Suffix)
	bears := first(tags, ScopeID) == id || first(tags, ScopePort) == port
	return bears && id != "" && first(tags, ScopeFolder) == fitted(w.Folder)
}

// mayChange refuses an object of somebody else. What NSX protects besides, the client refuses.
func (w Owner) mayChange(noun string, o Object) error {
	if w.Owns(o) {
		return nil
	}
	return fmt.Errorf("the %s %s was made by somebody else: its tags in NSX do not name this vCenter and folder, so it is left as it is. "+
		"Change it in NSX, or make one of your own", noun, label(o.Name(), o.ID()))
}

// label returns a name with the id, or the id alone where there is no name.
func label(name, id string) string {
	if name == "" {
		return id
	}
	return fmt.Sprintf("%q (%s)", name, id)
}

// tagsOf returns the tags of an object: its id under the scopes of this provider and of Neutron's plugin, and the folder.
func (w Owner) tagsOf(id, scope, neutronScope string) []Tag {
	out := []Tag{{scope, id}, {ScopeFolder, fitted(w.Folder)}}
	if n := w.Neutron; n != nil {
		out = append(out, Tag{neutronScope, id}, Tag{scopeProject, fitted(n.ProjectID)}, Tag{scopeProjectName, fitted(n.ProjectName)},
			Tag{scopeAPIVersion, fitted(n.APIVersion)})
	}
	return out
}

// markTag returns a mark as a tag. A user's name that is too long for it is cut.
func markTag(m openstack.Mark) Tag {
	for {
		raw, _ := json.Marshal(m) // strings and a time of this century
		by := []rune(m.By)
		if over := utf8.RuneCount(raw) - maxTagText; over > 0 && len(by) > 0 {
			m.By = string(by[:len(by)-min(len(by), (over+5)/6)]) // JSON writes a character as up to six
			continue
		}
		return Tag{scopeMark, fitted(string(raw))}
	}
}

// markOf returns the mark of an object, nil for one of somebody else. Where its tag was lost, NSX knows the account that made it.
func (w Owner) markOf(o Object) *openstack.Mark {
	if !w.Owns(o) {
		return nil
	}
	var m openstack.Mark
	if json.Unmarshal([]byte(first(o.tags(), scopeMark)), &m) == nil {
		return &m
	}
	m = openstack.Mark{By: o.text("_create_user")}
	if made, ok := o["_create_time"].(float64); ok {
		m.At = time.UnixMilli(int64(made)).UTC()
	}
	return &m
}
