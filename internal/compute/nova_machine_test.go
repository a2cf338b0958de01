// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// novaMachine is a VM made by Nova, with the recording of the request for it.
type novaMachine struct {
	acctest.Replayed
	recordings.Recording
	is       mo.VirtualMachine
	networks map[string]string // the portgroups' names by their keys
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
			segment := m.networks[b.Port.PortgroupKey] == "nsx-segment"
			switch {
			case number%3 == 0:
				fmt.Fprintf(out, "  network { port = %q }\n", ports[i])
			case number%3 == 1 && segment:
				fmt.Fprintf(out, "  network { uuid = %q }\n", "nsx-segment") // the id of the segment, as Neutron's network has it
			case number%3 == 1:
				fmt.Fprintf(out, "  network { uuid = %q }\n", b.Port.PortgroupKey)
			default:
				fmt.Fprintf(out, "  network { name = %q }\n", m.networks[b.Port.PortgroupKey])
			}
		default:
			t.Fatalf("%s has a NIC on %T", m.Name, b)
		}
	}
}

// machinesOf describes VMs that Nova made.
func machinesOf(vc *acctest.VCenter, made ...acctest.Replayed) (all []novaMachine) {
	networks := map[string]string{}
	for _, name := range []string{"public", "private", "nsx-segment"} {
		networks[vc.Portgroup(name).Key] = name
	}
	for _, vm := range made {
		all = append(all, novaMachine{vm, vm.Of, vc.Properties([]*object.VirtualMachine{vm.VM})[0], networks})
	}
	return all
}

// replayAll makes every VM.
func replayAll(t *testing.T, vc *acctest.VCenter) []novaMachine {
	t.Helper()
	return machinesOf(vc, vc.Replayer(t).All()...)
}
