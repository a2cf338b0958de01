// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// keptNetworks are the networks of a machine that NICs have which a relocation neither takes out nor plugs into others.
func keptNetworks(vm *simulator.VirtualMachine, changes []types.BaseVirtualDeviceConfigSpec) []types.ManagedObjectReference {
	changed := map[int32]bool{}
	for _, c := range changes {
		if d := c.GetVirtualDeviceConfigSpec().Device; d != nil && d.GetVirtualDevice().Backing != nil {
			changed[d.GetVirtualDevice().Key] = true
		}
	}
	kept, left := map[types.ManagedObjectReference]bool{}, map[types.ManagedObjectReference]bool{}
	for _, c := range base.NICs(&vm.VirtualMachine) {
		network := networkOf(c.Backing)
		kept[network], left[network] = kept[network] || !changed[c.Key], left[network] || changed[c.Key]
	}
	return slices.DeleteFunc(slices.Clone(vm.Network), func(ref types.ManagedObjectReference) bool { return left[ref] && !kept[ref] })
}

// networkOf is the network of a backing; nothing for an opaque network, which names none.
func networkOf(backing types.BaseVirtualDeviceBackingInfo) (ref types.ManagedObjectReference) {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		ref.Type, ref.Value = "DistributedVirtualPortgroup", b.Port.PortgroupKey
	case *types.VirtualEthernetCardNetworkBackingInfo:
		if b.Network != nil {
			ref = *b.Network
		}
	}
	return ref
}

// checkPlugs refuses portgroups that a host has not got for NICs that are to be plugged into them there.
func checkPlugs(ctx *simulator.Context, host *simulator.HostSystem, changes []types.BaseVirtualDeviceConfigSpec) types.BaseMethodFault {
	for _, c := range changes {
		change := c.GetVirtualDeviceConfigSpec()
		group := networkOf(change.Device.GetVirtualDevice().Backing)
		if change.Operation == types.VirtualDeviceConfigSpecOperationRemove || group.Type != "DistributedVirtualPortgroup" {
			continue
		}
		if fault := checkNetwork(ctx, host, group); fault != nil {
			return fault
		}
	}
	return nil
}

func checkNetwork(ctx *simulator.Context, host *simulator.HostSystem, network types.ManagedObjectReference) types.BaseMethodFault {
	if hasNetwork(ctx, host, network) {
		return nil
	}
	return &types.CannotAccessNetwork{CannotAccessVmDevice: types.CannotAccessVmDevice{Device: "network", Backing: network.Value},
		Network: &network}
}

// hasNetwork reports whether a host has a network: for a portgroup its membership of the switch counts. The simulator leaves the portgroups
// of a switch on the list of a host that has left it.
func hasNetwork(ctx *simulator.Context, host *simulator.HostSystem, network types.ManagedObjectReference) (reached bool) {
	group, distributed := ctx.Map.Get(network).(*simulator.DistributedVirtualPortgroup)
	if !distributed {
		return slices.Contains(host.Network, network)
	}
	dvs := base.Get[*simulator.DistributedVirtualSwitch](ctx, *group.Config.DistributedVirtualSwitch)
	ctx.WithLock(dvs, func() { reached = slices.Contains(dvs.Summary.HostMember, host.Self) })
	return reached
}
