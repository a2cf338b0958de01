package crud

import (
	"errors"
	"fmt"
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

// note records that a region has an object.
func (s *sightings) note(region string, object tftypes.Value) {
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

// elsewhere returns a region that has an object of this id where another one, which is in another vCenter, is not known to.
func (r *Regions) elsewhere(region, id string) (name string) {
	here := r.named(region).address()
	for _, one := range r.seen.of(id) {
		if one == region || r.named(one).address() == here {
			return ""
		}
		name = one
	}
	return name
}

// madeUp matches ids that a vCenter or this provider gives, so that two objects with such an id are hardly meant to be alike: UUIDs and
// managed object ids of networks, hosts and clusters. Names, and ids that people choose, are not among them.
var madeUp = regexp.MustCompile(`^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(dvportgroup|network|host|domain-c|vm|datastore)-?\d+)$`)

// refers reports whether an attribute holds the id of another object.
func refers(name string) bool {
	return strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids") || name == "uuid" || name == "port" || name == "group"
}

// reference is a text in a block.
type reference struct {
	name string // of the innermost attribute
	at   string // the attribute, or the element of a list, that a diagnostic can be put at
	path string // the whole path, for people
	text string
}

// references returns the texts in a block.
func references(v tftypes.Value, at reference) (out []reference) {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	switch v.Type().(type) {
	case tftypes.Object:
		var of map[string]tftypes.Value
		_ = v.As(&of) // it is an object
		for name, value := range of {
			inner := reference{name: name, at: at.at, path: strings.TrimPrefix(at.path+"."+name, ".")}
			if at.at == "" {
				inner.at = name
			}
			out = append(out, references(value, inner)...)
		}
		slices.SortFunc(out, func(a, b reference) int { return strings.Compare(a.path, b.path) })
		return out
	case tftypes.List, tftypes.Set:
		var of []tftypes.Value
		_ = v.As(&of) // it is a list or a set
		for i, value := range of {
			inner := at
			if v.Type().Is(tftypes.List{}) {
				inner.path += "[" + strconv.Itoa(i) + "]"
				if at.at == at.path {
					inner.at = inner.path
				}
			}
			out = append(out, references(value, inner)...)
		}
		return out
	}
	if v.Type().Is(tftypes.String) && v.As(&at.text) == nil && at.text != "" {
		return []reference{at}
	}
	return nil
}

// stranger refuses a block in a region that names an object of another region.
func (r *Regions) stranger(region string, block tftypes.Value) error {
	for _, one := range references(block, reference{}) {
		if !refers(one.name) || !madeUp.MatchString(one.text) {
			continue
		}
		if other := r.elsewhere(region, one.text); other != "" {
			return openstack.AttributeErrorf(one.at, "%s is in the region %s, and this is to be in %s: a vCenter cannot use another's objects. "+
				"Write the id of an object of the region %s; where %s has one of the same id, read it with a data source whose region is %s",
				written(one), other, region, region, region, region)
		}
	}
	return nil
}

// written names a reference where its path says more than the attribute of the diagnostic.
func written(r reference) string {
	if r.path == r.at {
		return strconv.Quote(r.text)
	}
	return r.path + " = " + strconv.Quote(r.text)
}

// hint adds to the errors about a block's attributes that another region has what the attribute names.
func (r *Regions) hint(region string, block tftypes.Value, err error) error {
	if err == nil {
		return nil
	}
	if all, joined := parts(err); joined {
		var out []error
		for _, one := range all {
			out = append(out, r.hint(region, block, one))
		}
		return errors.Join(out...)
	}
	if other, is := err.(*titled); is {
		return Titled(other.title, r.hint(region, block, other.error))
	}
	var field *openstack.FieldError
	if !errors.As(err, &field) || field.Setting {
		return err
	}
	for _, one := range references(block, reference{}) {
		if other := r.elsewhere(region, one.text); other != "" && one.name != "name" && strings.HasPrefix(one.path, field.Field) {
			return fmt.Errorf("%w (the region %s has %q, and this is to be in %s)", err, other, one.text, region)
		}
	}
	return err
}
