package vmspec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// annotation has Nova's lines, in Nova's order.
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

// Annotation is what the lines of a machine's annotation say of it, as Nova writes them. People write there too: what is not
// said, or not in this form, is empty.
type Annotation struct {
	Name    string
	ImageID string
	Flavor  openstack.Flavor // without an id and extra specs, as Nova leaves them out
	Sized   bool             // the flavor's sizes are all there
}

// ReadAnnotation reads the lines. Of two with the same key the first counts: what follows may stand in somebody's note.
func ReadAnnotation(text string) Annotation {
	said := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		key, value, found := cutLine(line)
		if _, again := said[key]; found && !again && value != "None" { // as Python writes nothing
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

// cutLine parts a line behind its key: a flavor's keys hold a colon themselves.
func cutLine(line string) (key, value string, found bool) {
	key, value, found = strings.Cut(line, ":")
	if key == "flavor" {
		sub, rest, ok := strings.Cut(value, ":")
		return key + ":" + sub, rest, found && ok
	}
	return key, value, found
}
