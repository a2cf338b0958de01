// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Networks finds networks by what the devices of VMs name.
type Networks interface {
	// AtPortgroup returns the network of a portgroup. It returns ErrNotFound where no network that vCenter shows has it.
	AtPortgroup(ctx context.Context, key string) (openstack.Network, error)
}

// InstanceOf is the function InstanceOf, with the segments of NICs that are connected through portgroups which NSX keeps. Where a NIC is
// recorded on a segment, a portgroup of it on whichever switch is no move to another network: vCenter chooses it by the host. It calls
// vCenter only for a NIC whose device shows another network than the record, or that no record has.
func (c *Machines) InstanceOf(ctx context.Context, vm mo.VirtualMachine) (openstack.Server, error) {
	s, err := InstanceOf(vm)
	if err != nil {
		return s, err
	}
	recorded := RecordedNICs(RecordsOn(vm.Config))
	for i, nic := range s.NICs {
		at := NetworkAt(vm.Config.Hardware.Device, nic.MAC)
		if at.Kind != openstack.NetworkDistributed || nic.Home == "" && NicOf(recorded, nic.MAC) != nil {
			continue
		}
		segment, err := c.networks.AtPortgroup(ctx, at.PortgroupKey)
		switch {
		case errors.Is(err, openstack.ErrNotFound):
			continue
		case err != nil:
			return s, err
		case segment.Kind == openstack.NetworkSegment:
			onSegment(&s.NICs[i], segment)
		}
	}
	return s, nil
}

// onSegment has a NIC show its segment. The id by which it was recorded stays.
func onSegment(nic *openstack.NIC, segment openstack.Network) {
	nic.NetworkID, nic.Plug = segment.ID, PlugOfNetwork(segment)
	if segment.Called(nic.Home) {
		nic.NetworkID, nic.Home = nic.Home, ""
	}
}
