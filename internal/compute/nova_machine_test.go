// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// notReplayed names the recordings that leave no VM to import, or one that no vCenter would have made, with the reason.
var notReplayed = map[string]string{
	"034": "custom shares without a number are refused by a vCenter",
	"043": "it reserves more memory than it has, which a vCenter refuses",
	"064": "its guest id is none, which a vCenter refuses",
	"166": "it is resized to memory that is no multiple of 4 MB, which a vCenter refuses",
}

// left returns why a recording leaves no VM, or "" where it does.
func left(r recordings.Recording) string {
	if refused := r.Refused(); refused != nil {
		return "Nova refused to make it: " + refused.Message
	}
	if slices.ContainsFunc(r.Steps, func(s recordings.Step) bool { return s.Op == "destroy" }) {
		return "Nova destroyed it"
	}
	return notReplayed[r.Name[:3]]
}

// novaMachine is a VM made by Nova, with the recording of the request for it.
type novaMachine struct {
	acctest.Replayed
	recordings.Recording
	is mo.VirtualMachine
}

// address returns the address of its resource.
func (m novaMachine) address() string { return "i" + strings.ReplaceAll(m.ID[len(m.ID)-6:], "-", "") }

// flavor returns its last flavor.
func (m novaMachine) flavor() openstack.Flavor {
	f := m.FlavorAt(0)
	f.Name += "-" + m.Name[:3]
	return f
}

// config returns the instance's configuration as its user had it with OpenStack.
func (m novaMachine) config(t *testing.T, number int) string {
	out := &strings.Builder{}
	name := "test-vm"
	if given, reported := m.Input.Instance["display_name"]; reported {
		if name, _ = given.(string); name == "" {
			name = m.ID
		}
	}
	if strings.HasSuffix(m.Path, "second ("+m.ID+")") {
		name = "second"
	}
	fmt.Fprintf(out, "resource \"novasphere_compute_instance\" %q {\n  name = %q\n  flavor_name = %q\n  key_pair = \"anna\"\n  user_data = "+
		"\"#cloud-config\"\n  metadata = { role = \"web\" }\n", m.address(), name, m.flavor().Name)
	fmt.Fprintf(out, "  tags = [\"a\"]\n  security_groups = [\"default\"]\n")
	switch {
	case m.Input.BlockDevice != nil: // from a volume
	case number%2 == 0:
		out.WriteString("  image_id = \"b0000000-0000-4000-8000-000000000001\"\n")
	default:
		out.WriteString("  image_name = \"what Glance calls it\"\n")
	}
	if m.Input.Instance["config_drive"] != nil {
		out.WriteString("  config_drive = true\n")
	}
	if m.is.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		out.WriteString("  power_state = \"shutoff\"\n")
	}
	if number%4 == 1 {
		out.WriteString("  region = \"RegionOne\"\n  force_delete = true\n  admin_pass = \"s3cret\"\n  description = \"of Nova\"\n")
	}
	if number%5 == 0 {
		out.WriteString("  availability_zone = \"nova\"\n")
	}
	m.writeNICs(t, out, number)
	id := []string{m.ID, "/dc1/vm/" + strings.NewReplacer("%", "%25", `\`, "%5c").Replace(m.Path), m.VM.Reference().Value}[number%3]
	if strings.Contains(name, "/") { // its path has more slashes than separators
		id = m.ID
	}
	return out.String() + "}\nimport {\n  to = novasphere_compute_instance." + m.address() + "\n  id = \"" + id + "\"\n}\n"
}

// writeNICs writes a block for each NIC, each network named in one of the possible forms.
func (m novaMachine) writeNICs(t *testing.T, out *strings.Builder, number int) {
	t.Helper()
	extra := acctest.Extra(m.is)
	ports := []string{}
	for _, key := range slices.Sorted(maps.Keys(extra)) {
		if strings.HasPrefix(key, "nvp.iface-id.") && extra[key] != "free" {
			ports = append(ports, extra[key])
		}
	}
	for i, card := range cardsOf(m.is) {
		switch b := card.Backing.(type) {
		case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
			fmt.Fprintf(out, "  network { uuid = %q }\n", b.OpaqueNetworkId)
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			segment := networkNames[b.Port.PortgroupKey] == "nsx-segment"
			switch {
			case number%3 == 0:
				fmt.Fprintf(out, "  network { port = %q }\n", ports[i])
			case number%3 == 1 && segment:
				fmt.Fprintf(out, "  network { uuid = %q }\n", "nsx-segment") // the id of the segment, as Neutron's network has it
			case number%3 == 1:
				fmt.Fprintf(out, "  network { uuid = %q }\n", b.Port.PortgroupKey)
			default:
				fmt.Fprintf(out, "  network { name = %q }\n", networkNames[b.Port.PortgroupKey])
			}
		default:
			t.Fatalf("%s has a NIC on %T", m.Name, b)
		}
	}
}

// networkNames holds the portgroups' names by their keys.
var networkNames = map[string]string{}

// replayAll makes every VM.
func replayAll(t *testing.T, vc *acctest.VCenter) (all []novaMachine) {
	t.Helper()
	for _, name := range []string{"public", "private", "nsx-segment"} {
		networkNames[vc.Portgroup(name).Key] = name
	}
	r := vc.Replayer(t)
	for _, rec := range recordings.Condensed(t) {
		if left(rec) != "" {
			continue
		}
		made, err := r.Replay(rec, 0)
		if err != nil {
			t.Errorf("%s cannot be replayed, and is not in the table of those that are not: %s", rec.Name, err)
			continue
		}
		if len(made) == 0 {
			t.Errorf("%s leaves no machine, and is not in the table of those that do not", rec.Name)
		}
		for _, vm := range made {
			var is mo.VirtualMachine
			if err := vm.VM.Properties(context.Background(), vm.VM.Reference(), nil, &is); err != nil {
				t.Fatal(err)
			}
			all = append(all, novaMachine{vm, rec, is})
		}
	}
	return all
}
