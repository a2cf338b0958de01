package image

import (
	"regexp"

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
	Lacking    bool // something is asked for that no image of a vCenter has: a tag, or to be hidden
	MostRecent bool
}

// onlyName reports whether only a name is asked for, as many instances do; the answer is kept.
func (q Query) onlyName() bool {
	return q.Name != "" && q.NameRegex == nil && len(q.Properties) == 0 && q.SizeMin == 0 && q.SizeMax == 0 && !q.MostRecent &&
		q.Container == "" && q.DiskFormat == "" && !q.Lacking
}

func (q Query) fits(i openstack.Image) bool {
	if q.Name != "" && i.Name != q.Name || q.NameRegex != nil && !q.NameRegex.MatchString(i.Name) {
		return false
	}
	if q.Lacking || q.Container != "" && i.Container != q.Container || q.DiskFormat != "" && i.DiskFormat != q.DiskFormat {
		return false
	}
	for key, value := range q.Properties {
		if i.Properties[key] != value {
			return false
		}
	}
	return i.SizeBytes >= q.SizeMin && (q.SizeMax == 0 || i.SizeBytes <= q.SizeMax)
}
