// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// This file finds what an image made for another hypervisor asks for and nothing here understands.

// speaking are the prefixes of properties that address hypervisors. Other properties are notes for people or other programs.
var speaking = []string{"hw_", "os_", "img_", "vmware_"}

// PassedOver returns the properties of an image that address a hypervisor and have no effect here, sorted by key: properties unknown to
// the table, and values that the table ignores or refuses.
func PassedOver(properties map[string]string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		value := properties[key]
		if value == "" || !slices.ContainsFunc(speaking, func(s string) bool { return strings.HasPrefix(key, s) }) {
			continue
		}
		row := slices.IndexFunc(Table, func(r Row) bool { return r.Property == key })
		switch {
		case row < 0:
			out = append(out, fmt.Sprintf("%s = %q", key, value))
		case !Table[row].heeds(value):
			out = append(out, fmt.Sprintf("%s = %q (here: %s)", key, value, Table[row].Values))
		}
	}
	return out
}

// defaulted are values that change nothing, because a VM behaves so anyway or because they describe how the image was delivered.
var defaulted = []string{"false", "shared", "optional", "disabled", "no", "sparse", "streamoptimized"}

// heeds reports whether an image's value has an effect, or asks for the default.
func (r Row) heeds(value string) bool {
	fresh := func() *builder { return &builder{nics: 1, options: map[string]string{}} }
	b := fresh()
	if err := r.set(b, value, true); err != nil {
		return false
	}
	return !reflect.DeepEqual(b, fresh()) || slices.Contains(defaulted, strings.ToLower(value))
}

// ComesHere returns advice on how to bring an OpenStack image here so that instances can be made of it.
func ComesHere(i openstack.Image) string {
	const anew = "make an image of the file with novasphere_images_image"
	switch i.DiskFormat {
	case "vmdk", "ova":
		return "Download it, and " + anew
	case "iso":
		return "Download it, and " + anew + ", of which an instance boots"
	}
	return fmt.Sprintf("Its disk format is %s, which vSphere cannot clone: download it, and %s, which converts what it can "+
		"(virt-v2v also puts the drivers in that a guest from KVM needs)", orUnknown(i.DiskFormat), anew)
}

func orUnknown(format string) string {
	if format == "" {
		return "not known"
	}
	return format
}
