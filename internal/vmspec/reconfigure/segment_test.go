// SPDX-License-Identifier: MPL-2.0

package reconfigure

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// onSegment returns a NIC with a backing and an externalId.
func onSegment(backing types.BaseVirtualDeviceBackingInfo, external string) *types.VirtualVmxnet3 {
	return &types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{
		VirtualDevice: types.VirtualDevice{Key: 4000, Backing: backing}, MacAddress: "00:50:56:aa:00:01", ExternalId: external}}}
}

// TestSegmentSubstituted: the portgroup that vCenter puts in a logical switch's place is no difference, another segment's is, and so is a
// port that got lost.
func TestSegmentSubstituted(t *testing.T) {
	t.Parallel()
	wish := func(external string) *types.VirtualVmxnet3 {
		return onSegment(&types.VirtualEthernetCardOpaqueNetworkBackingInfo{OpaqueNetworkId: "blue", OpaqueNetworkType: "nsx.LogicalSwitch"},
			external)
	}
	in := func(portgroup string) types.BaseVirtualDeviceBackingInfo {
		return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
			Port: types.DistributedVirtualSwitchPortConnection{PortgroupKey: portgroup, SwitchUuid: "u", PortKey: "5"}}
	}
	shows := func(portgroup, logicalSwitch string) bool { return portgroup == "pg-"+logicalSwitch }
	for name, c := range map[string]struct {
		have, want       *types.VirtualVmxnet3
		changes          int
		opaque, external bool
	}{
		"substituted":    {onSegment(in("pg-blue"), "p"), wish("p"), 0, false, false},
		"N-VDS":          {wish("p"), wish("p"), 0, false, false},
		"another's":      {onSegment(in("pg-red"), "p"), wish("p"), 1, true, false},
		"without a port": {onSegment(in("pg-blue"), ""), wish("p"), 1, false, true},
		"no port wished": {onSegment(in("pg-blue"), "other"), wish(""), 0, false, false},
	} {
		have := []types.BaseVirtualDevice{c.have}
		want := hardware.Substituted(have, []types.BaseVirtualDeviceConfigSpec{hardware.Add(c.want)}, shows)
		if _, kept := c.want.Backing.(*types.VirtualEthernetCardOpaqueNetworkBackingInfo); !kept {
			t.Errorf("%s: the wish itself was changed", name)
		}
		d := Delta(types.VirtualMachineConfigInfo{Hardware: types.VirtualHardware{Device: have}},
			types.VirtualMachineConfigSpec{DeviceChange: want})
		if len(d.DeviceChange) != c.changes {
			t.Errorf("%s: %d changes", name, len(d.DeviceChange))
			continue
		}
		for _, change := range d.DeviceChange {
			spec := change.GetVirtualDeviceConfigSpec()
			card := spec.Device.(*types.VirtualVmxnet3)
			_, opaque := card.Backing.(*types.VirtualEthernetCardOpaqueNetworkBackingInfo)
			if spec.Operation != types.VirtualDeviceConfigSpecOperationEdit || opaque != c.opaque || card.ExternalId != "p" ||
				c.external == (c.have.ExternalId == card.ExternalId) {
				t.Errorf("%s: %s %+v with %q", name, spec.Operation, card.Backing, card.ExternalId)
			}
		}
	}
}
