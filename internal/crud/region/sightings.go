// SPDX-License-Identifier: MPL-2.0

package region

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// sightings remembers in which regions this process has planned, read or made an object, by id. Nothing is asked for it.
type sightings struct {
	mu  sync.Mutex
	ids map[string][]string // names of regions
}

// Note records that a region has an object.
func (r *List) Note(region string, object tftypes.Value) {
	s := &r.seen
	var values map[string]tftypes.Value
	var id string
	if object.IsNull() || object.As(&values) != nil || !values["id"].IsKnown() || values["id"].As(&id) != nil || id == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids = map[string][]string{}
	}
	if !slices.Contains(s.ids[id], region) {
		s.ids[id] = append(s.ids[id], region)
	}
}

// of returns the regions that have an object of an id.
func (s *sightings) of(id string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids[id])
}

// Elsewhere returns a region that has an object of this id where another one, which is in another vCenter, is not known to.
func (r *List) Elsewhere(region, id string) (name string) {
	here := r.Named(region).address()
	for _, one := range r.seen.of(id) {
		if one == region || r.Named(one).address() == here {
			return ""
		}
		name = one
	}
	return name
}

// madeUp matches ids that a vCenter or this provider gives, so that two objects with such an id are hardly meant to be alike: random UUIDs
// and managed object ids of networks, hosts and clusters. Names, ids that people choose, and UUIDs that are made of a name (version 5), as
// those of flavors are, are not among them.
var madeUp = regexp.MustCompile(`^([[:xdigit:]]{8}-[[:xdigit:]]{4}-[^5][[:xdigit:]]{3}-[[:xdigit:]]{4}-[[:xdigit:]]{12}|` +
	`(dvportgroup-|network-|host-|domain-c|vm-)\d+)$`)

// refers reports whether an attribute holds the id of another object.
func refers(name string) bool {
	return strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids") || name == "uuid" || name == "port" || name == "group"
}

// Reference is a text in a block.
type Reference struct {
	Name string // of the innermost attribute
	At   string // the attribute, or the element of a list, that a diagnostic can be put at
	Path string // the whole path, for people
	Text string
}

// References returns the texts in a block.
func References(block tftypes.Value) []Reference { return references(block, Reference{}) }

func references(v tftypes.Value, at Reference) (out []Reference) {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	switch v.Type().(type) {
	case tftypes.Object:
		var of map[string]tftypes.Value
		_ = v.As(&of) // it is an object
		for name, value := range of {
			inner := Reference{Name: name, At: at.At, Path: strings.TrimPrefix(at.Path+"."+name, ".")}
			if at.At == "" {
				inner.At = name
			}
			out = append(out, references(value, inner)...)
		}
		slices.SortFunc(out, func(a, b Reference) int { return strings.Compare(a.Path, b.Path) })
		return out
	case tftypes.List, tftypes.Set:
		var of []tftypes.Value
		_ = v.As(&of) // it is a list or a set
		for i, value := range of {
			inner := at
			if v.Type().Is(tftypes.List{}) {
				inner.Path += "[" + strconv.Itoa(i) + "]"
				if at.At == at.Path {
					inner.At = inner.Path
				}
			}
			out = append(out, references(value, inner)...)
		}
		return out
	}
	if v.Type().Is(tftypes.String) && v.As(&at.Text) == nil && at.Text != "" {
		return []Reference{at}
	}
	return nil
}

// Stranger refuses a block in a region that names an object of another region.
func (r *List) Stranger(region string, block tftypes.Value) error {
	for _, one := range References(block) {
		if !refers(one.Name) || !madeUp.MatchString(one.Text) {
			continue
		}
		if other := r.Elsewhere(region, one.Text); other != "" {
			return openstack.AttributeErrorf(one.At, "%s is in the region %s, and this is to be in %s: a vCenter cannot use another's objects. "+
				"Write the id of an object of the region %s; where %s has one of the same id, read it with a data source whose region is %s",
				written(one), other, region, region, region, region)
		}
	}
	return nil
}

// written names a reference where its path says more than the attribute of the diagnostic.
func written(r Reference) string {
	if r.Path == r.At {
		return strconv.Quote(r.Text)
	}
	return r.Path + " = " + strconv.Quote(r.Text)
}
