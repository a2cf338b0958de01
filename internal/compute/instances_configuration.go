package compute

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// What somebody writes who wants to take instances over: an import block and a resource block for each.

// configurationOf is HCL for some instances. Everything in it is what the instance is like: a plan of it changes nothing where the
// instance says all that it was made with.
func configurationOf(servers []openstack.Server) string {
	var out strings.Builder
	taken := map[string]bool{}
	for i, s := range servers {
		if i > 0 {
			out.WriteString("\n")
		}
		label := labelFor(s.Name, taken)
		fmt.Fprintf(&out, "import {\n  to = novasphere_compute_instance.%s\n  id = %s\n}\n\nresource \"novasphere_compute_instance\" %q {\n", label, quote(s.ID), label)
		resourceBody(&block{&out, "  "}, s)
		out.WriteString("}\n")
	}
	return out.String()
}

// resourceBody writes an instance's arguments.
func resourceBody(b *block, s openstack.Server) {
	b.text("name", s.Name)
	b.text("description", s.Description)
	switch {
	case s.Flavor.Name != "":
		b.text("flavor_name", s.Flavor.Name)
	case s.Flavor.ID != "":
		b.text("flavor_id", s.Flavor.ID)
	default:
		b.line("# Its flavor is not known. It has %d vcpus, %d MB of memory and a root disk of %d GiB: write flavor_name.", s.VCPUs, s.RAM, s.Disk)
	}
	switch {
	case s.ImageName != "":
		b.text("image_name", s.ImageName)
	case s.ImageID != "":
		b.text("image_id", s.ImageID)
	default:
		b.line("# Its image is not known: write image_name. Nothing is cloned.")
	}
	b.text("key_pair", s.KeyPair)
	if s.Zone != vcenter.DefaultZone {
		b.text("availability_zone", s.Zone)
	}
	switch s.PowerState {
	case openstack.Shutoff, openstack.Suspended, openstack.Shelved: // OpenStack has other states, which pass
		b.text("power_state", s.PowerState)
	}
	if s.ConfigDrive {
		b.line("config_drive = true")
	}
	b.text("user_data", s.UserData)
	b.table("metadata", s.Metadata)
	b.list("tags", s.Tags)
	b.list("security_groups", s.SecurityGroups)
	for _, nic := range s.Plugged() {
		b.nest("network", func(b *block) {
			if b.text("uuid", nic.NetworkID); nic.NetworkID == "" { // OpenStack lists names alone
				b.text("name", nic.NetworkName)
			}
			if nic.Named {
				b.text("port", nic.Port)
			}
			if nic.Access {
				b.line("access_network = true")
			}
		})
	}
	for _, d := range s.BlockDevices {
		b.nest("block_device", func(b *block) { deviceBody(b, d) })
	}
	if !s.Hints.Empty() {
		b.nest("scheduler_hints", func(b *block) {
			b.text("group", s.Hints.Group)
			b.list("different_host", s.Hints.DifferentHost)
			b.list("same_host", s.Hints.SameHost)
		})
	}
}

func deviceBody(b *block, d openstack.BlockDevice) {
	b.text("source_type", d.Source)
	b.text("destination_type", d.Destination)
	b.text("uuid", d.UUID)
	if d.SizeGiB != 0 {
		b.line("volume_size = %d", d.SizeGiB)
	}
	if d.BootIndex != nil {
		b.line("boot_index = %d", *d.BootIndex)
	}
	if d.Delete != nil {
		b.line("delete_on_termination = %t", *d.Delete)
	}
	b.text("guest_format", d.GuestFormat)
	b.text("disk_bus", d.Bus)
	b.text("device_type", d.DeviceType)
	b.text("volume_type", d.VolumeType)
}

// block writes the lines of a block of HCL. What is empty is left out.
type block struct {
	out    *strings.Builder
	indent string
}

func (b *block) line(format string, args ...any) {
	fmt.Fprintf(b.out, b.indent+format+"\n", args...)
}

func (b *block) text(name, value string) {
	if value != "" {
		b.line("%s = %s", name, quote(value))
	}
}

func (b *block) list(name string, values []string) {
	if len(values) == 0 {
		return
	}
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = quote(value)
	}
	b.line("%s = [%s]", name, strings.Join(quoted, ", "))
}

func (b *block) table(name string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	b.line("%s = {", name)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		b.line("  %s = %s", quote(key), quote(values[key]))
	}
	b.line("}")
}

func (b *block) nest(name string, body func(*block)) {
	b.line("%s {", name)
	body(&block{b.out, b.indent + "  "})
	b.line("}")
}

// quote is a text as HCL writes it: nothing in it is taken for a template.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteString("\\" + string(r))
		case (r == '$' || r == '%') && strings.HasPrefix(text[i+1:], "{"):
			if i > 0 && text[i-1] == byte(r) { // three of them are no escape of HCL's
				fmt.Fprintf(&out, `\u%04x`, r)
				continue
			}
			out.WriteString(string(r) + string(r))
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// labelFor makes a resource's name of an instance's, and one that no other has.
func labelFor(name string, taken map[string]bool) string {
	label := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, name)
	if first := (label + "_")[0]; first == '-' || first >= '0' && first <= '9' {
		label = "_" + label
	}
	free := label
	for n := 2; taken[free] || free == ""; n++ {
		free = label + "_" + strconv.Itoa(n)
	}
	taken[free] = true
	return free
}
