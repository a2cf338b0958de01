// SPDX-License-Identifier: MPL-2.0

// Package metadata translates volumes and their snapshots to the metadata of first class disks, which is where they are recorded.
package metadata

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// MarkKey is the key of a volume's mark, which every volume of this provider has.
const MarkKey = "novasphere.mark"

// Prefixes of keys. Keys are stored, and never change. Others' keys are neither shown nor touched.
const (
	userPrefix     = "novasphere.meta."  // before a key of the user's
	propertyPrefix = "novasphere.image." // before a property of the image
)

// longestValue is how many bytes a value of a disk's metadata may have. No reference names a limit; this is Cinder's.
const longestValue = 255

// field is a value of a volume's record under its key. An empty value is not stored.
type field struct {
	key       string
	attribute string // of the resource that the value comes from; empty: of none
	of        func(*openstack.Volume) string
	set       func(*openstack.Volume, string)
}

// text is a field that is stored as it is.
func text(key, attribute string, at func(*openstack.Volume) *string) field {
	return field{key, attribute, func(v *openstack.Volume) string { return *at(v) }, func(v *openstack.Volume, s string) { *at(v) = s }}
}

// fields are the record of a volume, beside the user's metadata and the image's properties. The name is the disk's own.
var fields = []field{
	text(MarkKey, "", func(v *openstack.Volume) *string { return &v.MarkID }),
	text("novasphere.description", "description", func(v *openstack.Volume) *string { return &v.Description }),
	text("novasphere.zone", "availability_zone", func(v *openstack.Volume) *string { return &v.Zone }),
	text("novasphere.type", "volume_type", func(v *openstack.Volume) *string { return &v.Type }),
	{"novasphere.source", "", func(v *openstack.Volume) string { return SourceText(v.Source) },
		func(v *openstack.Volume, s string) { v.Source.Kind, v.Source.ID, _ = strings.Cut(s, ":") }},
	{"novasphere.multiattach", "", func(v *openstack.Volume) string { return flag(v.Multiattach) },
		func(v *openstack.Volume, s string) { v.Multiattach = s == flag(true) }},
	text("novasphere.by", "", func(v *openstack.Volume) *string { return &markOf(v).By }),
	text("novasphere.provider", "", func(v *openstack.Volume) *string { return &markOf(v).Provider }),
	text("novasphere.fingerprint", "", func(v *openstack.Volume) *string { return &markOf(v).Fingerprint }),
}

// markOf is the mark of a volume, which is made where there is none.
func markOf(v *openstack.Volume) *openstack.Mark {
	if v.Mark == nil {
		v.Mark = &openstack.Mark{}
	}
	return v.Mark
}

// SourceText is a source as it is stored: "snapshot:<id>".
func SourceText(s openstack.VolumeSource) string {
	if s == (openstack.VolumeSource{}) {
		return ""
	}
	return s.Kind + ":" + s.ID
}

func flag(set bool) string {
	if set {
		return "true"
	}
	return ""
}

// Encode gives the metadata of a volume's record.
func Encode(v openstack.Volume) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if value := f.of(&v); value != "" {
			out[f.key] = value
		}
	}
	for key, value := range v.Metadata {
		out[userPrefix+key] = value
	}
	for key, value := range v.ImageProperties {
		out[propertyPrefix+key] = value
	}
	return out
}

// Decode reads a volume's record off the metadata of its disk. Without a mark the disk is another's: only its keys are read.
func Decode(metadata map[string]string, v *openstack.Volume) {
	v.Metadata, v.ImageProperties = map[string]string{}, map[string]string{}
	for key, value := range metadata {
		if name, ok := strings.CutPrefix(key, userPrefix); ok {
			v.Metadata[name] = value
		} else if name, ok := strings.CutPrefix(key, propertyPrefix); ok {
			v.ImageProperties[name] = value
		}
	}
	for _, f := range fields {
		if value, ok := metadata[f.key]; ok {
			f.set(v, value)
		}
	}
	if v.MarkID == "" {
		v.Mark = nil
		return
	}
	markOf(v).At = v.Created
}

// Difference gives what turns one record's metadata into another's: pairs to write, in the order of their keys, and keys to delete.
func Difference(have, want map[string]string) (set []types.KeyValue, remove []string) {
	for key, value := range want {
		if had, ok := have[key]; !ok || had != value {
			set = append(set, types.KeyValue{Key: key, Value: value})
		}
	}
	for key := range have {
		if _, stays := want[key]; !stays {
			remove = append(remove, key)
		}
	}
	slices.SortFunc(set, func(a, b types.KeyValue) int { return cmp.Compare(a.Key, b.Key) })
	slices.Sort(remove)
	return set, remove
}

// Pairs are a record's metadata in the order of their keys.
func Pairs(metadata map[string]string) []types.KeyValue {
	set, _ := Difference(nil, metadata)
	return set
}

// Values are the pairs of a disk's metadata by their keys.
func Values(metadata []types.KeyValue) map[string]string {
	out := make(map[string]string, len(metadata))
	for _, pair := range metadata {
		out[pair.Key] = pair.Value
	}
	return out
}

// Check refuses what a disk's metadata cannot hold, at its attribute.
func Check(spec openstack.VolumeSpec) error {
	v := openstack.Volume{VolumeSpec: spec}
	if len(v.Name) > longestValue {
		return tooLong("name", "", v.Name)
	}
	for _, f := range fields {
		if value := f.of(&v); len(value) > longestValue {
			return tooLong(cmp.Or(f.attribute, f.key), "", value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(v.Metadata)) {
		if key == "" || len(key) > longestValue || len(v.Metadata[key]) > longestValue {
			return tooLong("metadata", key, v.Metadata[key])
		}
	}
	return nil
}

func tooLong(attribute, key, value string) error {
	err := fmt.Errorf("a volume's metadata holds %d bytes at most, and these are %d", longestValue, len(value))
	switch {
	case attribute == "metadata" && key == "":
		err = fmt.Errorf("a key may not be empty")
	case len(key) > longestValue:
		err = fmt.Errorf("a key may have %d bytes at most, and this has %d", longestValue, len(key))
	}
	return &openstack.FieldError{Field: attribute, Key: key, Err: err}
}
