// SPDX-License-Identifier: MPL-2.0

package image

import (
	"regexp"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Query tells which image is meant. Empty fields match any image.
type Query struct {
	ID         string
	Name       string
	NameRegex  *regexp.Regexp
	Properties map[string]string
	SizeMin    int64 // bytes
	SizeMax    int64 // bytes; 0: any
	Container  string
	DiskFormat string
	Tags       []string // it has them all
	Hidden     bool     // hidden ones, and no others; an image that is asked for by its id may be either
	Visibility string   // an image of which none is recorded is everybody's
	MostRecent bool
}

// onlyName reports whether only a name is asked for, as many instances do; the answer is kept.
func (q Query) onlyName() bool {
	return q.Name != "" && q.NameRegex == nil && len(q.Properties) == 0 && q.SizeMin == 0 && q.SizeMax == 0 && !q.MostRecent &&
		q.Container == "" && q.DiskFormat == "" && len(q.Tags) == 0 && !q.Hidden && q.Visibility == ""
}

func (q Query) fits(i openstack.Image) bool {
	if q.Name != "" && i.Name != q.Name || q.NameRegex != nil && !q.NameRegex.MatchString(i.Name) {
		return false
	}
	if q.ID == "" && q.Hidden != i.Hidden || q.Visibility != "" && i.Visibility != "" && q.Visibility != i.Visibility {
		return false
	}
	if slices.ContainsFunc(q.Tags, func(tag string) bool { return !slices.Contains(i.Tags, tag) }) {
		return false
	}
	if q.Container != "" && i.Container != q.Container || q.DiskFormat != "" && i.DiskFormat != q.DiskFormat {
		return false
	}
	for key, value := range q.Properties {
		if i.Properties[key] != value {
			return false
		}
	}
	return i.Bytes() >= q.SizeMin && (q.SizeMax == 0 || i.Bytes() <= q.SizeMax)
}
