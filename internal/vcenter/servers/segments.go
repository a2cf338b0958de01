// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// substituted returns a wish in which NICs on segments name the portgroups that vCenter has chosen for their logical switches, so that
// these are no difference.
func (c *Servers) substituted(ctx context.Context, vm mo.VirtualMachine, want types.VirtualMachineConfigSpec) (
	types.VirtualMachineConfigSpec, error) {
	var failed error
	want.DeviceChange = hardware.Substituted(vm.Config.Hardware.Device, want.DeviceChange, func(portgroup, logicalSwitch string) bool {
		n, err := c.networks.AtPortgroup(ctx, portgroup)
		if !errors.Is(err, openstack.ErrNotFound) {
			failed = errors.Join(failed, err)
		}
		return err == nil && n.LogicalSwitch == logicalSwitch
	})
	return want, failed
}

// followSegments returns the changes of the NICs that a relocation takes to hosts which do not reach their portgroups: they are to be on
// the same segments there, with the ports that they have.
func (c *Servers) followSegments(ctx context.Context, vm mo.VirtualMachine, spec *types.VirtualMachineRelocateSpec,
	to inventory.Target) (changes []types.BaseVirtualDeviceConfigSpec, err error) {
	hosts := to.Cluster.Host
	switch {
	case spec.Host != nil:
		hosts = []ref{*spec.Host}
	case spec.Pool == nil:
		return nil, nil
	}
	for _, device := range vm.Config.Hardware.Device {
		card, ok := device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		at, ok := card.GetVirtualEthernetCard().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		if !ok {
			continue
		}
		on := c.inventory.SwitchesOf(openstack.Network{SwitchUUID: at.Port.SwitchUuid})
		if !slices.ContainsFunc(hosts, func(host ref) bool { return !inventory.AnyMember(on, host) }) {
			continue
		}
		n, err := c.networks.AtPortgroup(ctx, at.Port.PortgroupKey)
		switch {
		case errors.Is(err, openstack.ErrNotFound) || err == nil && n.Kind != openstack.NetworkSegment:
		case err != nil:
			return nil, err
		default:
			changes = append(changes, hardware.ToLogicalSwitch(card, n.LogicalSwitch))
		}
	}
	return changes, nil
}

// spec returns the reconfigure that brings the plugs about, on the portgroups that the machine's host has.
func (s *socket) spec(ctx context.Context, vm mo.VirtualMachine, plugs []plug) (types.VirtualMachineConfigSpec, error) {
	is, err := s.c.machines.InstanceOf(ctx, vm)
	plugs = slices.Clone(plugs)
	for i := range plugs {
		if err == nil && !plugs[i].out {
			plugs[i].network, err = s.c.networks.SegmentOn(ctx, plugs[i].network, property.Deref(vm.Runtime.Host))
		}
	}
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	return plugSpec(vm, is, plugs)
}
