package vmspec

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// What an image that was made for another hypervisor says, and nobody here understands.

// speaking are the beginnings of the properties by which images speak to hypervisors. Others are notes of people and other programs.
var speaking = []string{"hw_", "os_", "img_", "vmware_"}

// PassedOver names what an image's properties say to a hypervisor that means nothing here, key by key and sorted: properties that the
// table does not know, and values that it passes over or refuses.
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

// defaulted are values that change nothing because they say what a machine is like anyway, or how the image came.
var defaulted = []string{"false", "shared", "optional", "disabled", "no", "sparse", "streamoptimized"}

// heeds reports whether an image's value does something, or says what is so anyway.
func (r Row) heeds(value string) bool {
	fresh := func() *builder { return &builder{nics: 1, options: map[string]string{}} }
	b := fresh()
	if err := r.set(b, value, true); err != nil {
		return false
	}
	return !reflect.DeepEqual(b, fresh()) || slices.Contains(defaulted, strings.ToLower(value))
}

// ComesHere says what to do with an image of OpenStack so that instances can be made of it.
func ComesHere(i openstack.Image) string {
	const upload = "upload it to a content library, or deploy it and make it a template"
	switch i.DiskFormat {
	case "vmdk", "ova":
		return "Download it, " + upload
	case "iso":
		return "An ISO image is no disk: install from it once, and make that machine a template"
	}
	return fmt.Sprintf("Its disk format is %s, which vSphere cannot clone: convert it (qemu-img convert -O vmdk -o "+
		"subformat=streamOptimized, or virt-v2v, which also puts the drivers in), then %s", orUnknown(i.DiskFormat), upload)
}

func orUnknown(format string) string {
	if format == "" {
		return "not known"
	}
	return format
}
