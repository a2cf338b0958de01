// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// annotation returns the lines that Nova writes, in Nova's order.
func annotation(w Instance) string {
	f := w.Flavor
	lines := [][2]any{
		{"name", w.Name}, {"userid", w.Owner.User}, {"username", w.Owner.User}, {"projectid", w.Owner.Project}, {"projectname", w.Owner.Project},
		{"flavor:name", f.Name}, {"flavor:memory_mb", f.RAM}, {"flavor:vcpus", f.VCPUs}, {"flavor:ephemeral_gb", f.Ephemeral},
		{"flavor:root_gb", f.Disk}, {"flavor:swap", f.Swap}, {"imageid", w.ImageID}, {"package", w.Owner.Package},
	}
	var out strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&out, "%s:%v\n", line[0], line[1])
	}
	return out.String()
}

// Annotation holds the values that Nova writes into the lines of a VM's annotation. People write there too, so a value that is missing or
// in another form is empty.
type Annotation struct {
	Name    string
	ImageID string
	Flavor  openstack.Flavor // without id and extra specs, which Nova leaves out
	Sized   bool             // all sizes of the flavor are present
}

// ReadAnnotation reads the lines of an annotation. The first of two lines with the same key counts, because a note that a person added
// below may contain the key again.
func ReadAnnotation(text string) Annotation {
	said := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		key, value, found := cutLine(line)
		if _, again := said[key]; found && !again && value != "None" { // None is how Python writes an absent value
			said[key] = strings.TrimSpace(value)
		}
	}
	a := Annotation{Name: said["name"], ImageID: said["imageid"], Flavor: openstack.Flavor{Name: said["flavor:name"]}, Sized: true}
	f := &a.Flavor
	for key, target := range map[string]*int64{"memory_mb": &f.RAM, "vcpus": &f.VCPUs, "ephemeral_gb": &f.Ephemeral, "root_gb": &f.Disk,
		"swap": &f.Swap} {
		n, err := strconv.ParseInt(said["flavor:"+key], 10, 32)
		if *target = n; err != nil || n < 0 {
			*target, a.Sized = 0, false
		}
	}
	return a
}

// cutLine splits a line behind its key. The keys of a flavor contain a colon themselves.
func cutLine(line string) (key, value string, found bool) {
	key, value, found = strings.Cut(line, ":")
	if key == "flavor" {
		sub, rest, ok := strings.Cut(value, ":")
		return key + ":" + sub, rest, found && ok
	}
	return key, value, found
}
