// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// cards returns the NICs as they should be. A NIC that stays needs no look at its network: its device names it. Networks that are looked
// up are written into next, which is recorded; a NIC that is on a segment already stays on its portgroup.
func (c *Servers) cards(ctx context.Context, vm mo.VirtualMachine, have, next []openstack.NIC) ([]vmspec.NIC, error) {
	out := make([]vmspec.NIC, len(next))
	for i, nic := range next {
		out[i] = vmspec.NIC{Port: nic.Port, MAC: nic.MAC, SwitchPort: nic.SwitchPort, Attachment: nic.Attachment}
		is, at := machine.NicOf(have, nic.MAC), machine.NetworkAt(vm.Config.Hardware.Device, nic.MAC)
		if is != nil && (is.Attached || is.NetworkID == nic.NetworkID) {
			out[i].Network = at
			continue
		}
		network, err := c.networks.Network(ctx, nic.NetworkID, nic.NetworkName)
		if err != nil {
			return nil, openstack.AttributeErrorf("network", "%w", err)
		}
		if out[i].Network = at; network.Kind != openstack.NetworkSegment || !network.Called(at.PortgroupKey) {
			if out[i].Network, err = c.networks.SegmentOn(ctx, network, property.Deref(vm.Runtime.Host)); err != nil {
				return nil, openstack.AttributeErrorf("network", "%w", err)
			}
		}
		next[i].NetworkID, next[i].NetworkName, next[i].Plug = network.ID, network.Name, machine.PlugOfNetwork(network)
	}
	return out, nil
}
