// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestBackings: what a NIC's device names each kind of network by, and whether NSX finds the NIC's port.
func TestBackings(t *testing.T) {
	t.Parallel()
	segment := openstack.Network{Kind: openstack.NetworkSegment, ID: "web", LogicalSwitch: "ls-1"}
	there := openstack.SegmentPortgroup{Key: "dvportgroup-7", SwitchUUID: "dvs-uuid"}
	for name, c := range map[string]struct {
		nic      NIC
		opaque   [2]string // id and type
		port     types.DistributedVirtualSwitchPortConnection
		external string
	}{
		"segment of a machine without a host": {NIC{Network: segment, Port: "p", Attachment: "p"}, [2]string{"ls-1", "nsx.LogicalSwitch"},
			types.DistributedVirtualSwitchPortConnection{}, "p"},
		"segment through the host's portgroup": {NIC{Network: segment.Through(there), Port: "p", Attachment: "p", SwitchPort: "12"}, [2]string{},
			types.DistributedVirtualSwitchPortConnection{SwitchUuid: "dvs-uuid", PortgroupKey: "dvportgroup-7"}, "p"},
		"segment without a port of ours": {NIC{Network: segment, Port: "p"}, [2]string{"ls-1", "nsx.LogicalSwitch"},
			types.DistributedVirtualSwitchPortConnection{}, ""},
		"opaque network": {NIC{Network: openstack.Network{Kind: openstack.NetworkOpaque, OpaqueID: "o", OpaqueType: "t"}, Port: "p"},
			[2]string{"o", "t"}, types.DistributedVirtualSwitchPortConnection{}, "p"},
		"portgroup": {NIC{Network: openstack.Network{Kind: openstack.NetworkDistributed, PortgroupKey: "k", SwitchUUID: "u"}, Port: "p",
			SwitchPort: "12", Attachment: "p"}, [2]string{}, types.DistributedVirtualSwitchPortConnection{SwitchUuid: "u", PortgroupKey: "k",
			PortKey: "12"}, ""},
	} {
		spec, _, err := Desired(Instance{Name: "web", Flavor: openstack.Flavor{Name: "f", VCPUs: 1, RAM: 512}, NICs: []NIC{c.nic}})
		if err != nil {
			t.Fatal(name, err)
		}
		card := cards(spec)[0].GetVirtualEthernetCard()
		var opaque [2]string
		var port types.DistributedVirtualSwitchPortConnection
		switch b := card.Backing.(type) {
		case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
			opaque = [2]string{b.OpaqueNetworkId, b.OpaqueNetworkType}
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			port = b.Port
		}
		if opaque != c.opaque || port != c.port || card.ExternalId != c.external {
			t.Errorf("%s: %q, %+v with the externalId %q", name, opaque, port, card.ExternalId)
		}
	}
}
