// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestNovaPortsOfNICs: on NSX a NIC names its port itself; the others have those that Nova noted, in their order.
func TestNovaPortsOfNICs(t *testing.T) {
	t.Parallel()
	const p0, p1, p2 = "port-0", "port-1", "port-2"
	for name, c := range map[string]struct {
		external, noted, want []string
	}{
		"portgroups":           {[]string{"", ""}, []string{p0, p1}, []string{p0, p1}},
		"NSX, another order":   {[]string{p1, p0}, []string{p0, p1}, []string{p1, p0}},
		"one of them on NSX":   {[]string{"", p0, ""}, []string{p0, p1, p2}, []string{p1, p0, p2}},
		"somebody else's id":   {[]string{"x", p1}, []string{p0, p1}, []string{p0, p1}},
		"more NICs than ports": {[]string{"", p0, ""}, []string{p0}, []string{"", p0, ""}},
		"nothing noted":        {[]string{p0}, nil, []string{""}},
	} {
		var devices []types.BaseVirtualDevice
		keys := map[string]string{}
		for i, external := range c.external {
			devices = append(devices, &types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{
				MacAddress: "00:50:56:00:00:0" + string(rune('0'+i)), ExternalId: external}}})
		}
		for i, port := range c.noted {
			keys["nvp.iface-id."+string(rune('0'+i))] = port
		}
		var have []string
		for _, nic := range named(plugged(nil, devices, false), devices, keys) {
			have = append(have, nic.Port)
		}
		if !slices.Equal(have, c.want) {
			t.Errorf("%s: %q, and not %q", name, have, c.want)
		}
	}
}

// TestOnSegment: a NIC that is on a portgroup of its segment was not moved, whatever the record calls the segment; one on another was.
func TestOnSegment(t *testing.T) {
	t.Parallel()
	blue := openstack.Network{ID: "blue", Kind: openstack.NetworkSegment, LogicalSwitch: "ls-blue",
		Portgroups: []openstack.SegmentPortgroup{{ID: "dvportgroup-1", Key: "dvportgroup-1"}, {ID: "dvportgroup-2", Key: "dvportgroup-2"}}}
	for name, c := range map[string]struct{ home, network, left string }{
		"its own":                {"blue", "blue", ""},
		"named by a portgroup":   {"dvportgroup-1", "dvportgroup-1", ""},
		"moved from another":     {"red", "blue", "red"},
		"nothing recorded of it": {"", "blue", ""},
	} {
		nic := openstack.NIC{Home: c.home, NetworkID: "dvportgroup-2", Plug: "dvportgroup-2"}
		if onSegment(&nic, blue); nic.NetworkID != c.network || nic.Home != c.left || nic.Plug != "ls-blue" {
			t.Errorf("%s: %+v", name, nic)
		}
	}
}
