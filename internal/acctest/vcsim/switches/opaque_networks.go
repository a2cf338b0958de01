// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

const (
	// logicalSwitchType is the type of an opaque network that is a segment (vSphere API, OpaqueNetworkSummary.opaqueNetworkType).
	logicalSwitchType = "nsx.LogicalSwitch"
	// unlisted stands in its place while the simulator carries out a change, which replaces every logical switch by a portgroup.
	unlisted = "nsx.LogicalSwitch on an N-VDS"
)

// Plug is what a NIC with an opaque backing is plugged into on a host: the portgroup of the segment on a switch that the host is a member
// of, and on an N-VDS the opaque network itself. Opaque networks of other types are somebody else's, and stay what they are.
func (s *Segments) Plug(ctx *simulator.Context, host *simulator.HostSystem,
	want *types.VirtualEthernetCardOpaqueNetworkBackingInfo) (types.BaseVirtualDeviceBackingInfo, types.BaseMethodFault) {
	if want.OpaqueNetworkType != logicalSwitchType {
		return want, nil
	}
	for _, group := range s.groupsOn(ctx, want.OpaqueNetworkId) {
		dvs := base.Get[*simulator.DistributedVirtualSwitch](ctx, *configOf(ctx, group).DistributedVirtualSwitch)
		member := false
		ctx.WithLock(dvs, func() { member = slices.Contains(dvs.Summary.HostMember, host.Self) })
		if member {
			return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{Port: types.DistributedVirtualSwitchPortConnection{
				PortgroupKey: group.Key, SwitchUuid: dvs.Uuid}}, nil
		}
	}
	if opaqueNetwork(ctx, host, want.OpaqueNetworkId) != nil {
		return &types.VirtualEthernetCardOpaqueNetworkBackingInfo{OpaqueNetworkId: want.OpaqueNetworkId, OpaqueNetworkType: unlisted}, nil
	}
	fault := new(types.NotFound)
	fault.FaultMessage = []types.LocalizableMessage{{Key: "com.vmware.nsx.attachFailed",
		Message: "LogicalSwitch/" + want.OpaqueNetworkId + " is not on host " + host.Name}}
	return nil, fault
}

// groupsOn are the portgroups of a logical switch, in the order of their keys.
func (s *Segments) groupsOn(ctx *simulator.Context, uuid string) (groups []*simulator.DistributedVirtualPortgroup) {
	for _, e := range ctx.Map.All("DistributedVirtualPortgroup") {
		if group := e.(*simulator.DistributedVirtualPortgroup); uuid != "" && configOf(ctx, group).LogicalSwitchUuid == uuid {
			groups = append(groups, group)
		}
	}
	slices.SortFunc(groups, func(a, b *simulator.DistributedVirtualPortgroup) int { return cmp.Compare(a.Key, b.Key) })
	return groups
}

// opaqueNetwork is the opaque network of a logical switch in the datacenter that something lies in; nil where there is none.
func opaqueNetwork(ctx *simulator.Context, near mo.Entity, uuid string) *mo.OpaqueNetwork {
	dc := base.DatacenterOf(ctx, near)
	for _, e := range ctx.Map.All("OpaqueNetwork") {
		network := e.(*mo.OpaqueNetwork)
		summary, ok := network.Summary.(*types.OpaqueNetworkSummary)
		if ok && summary.OpaqueNetworkId == uuid && base.DatacenterOf(ctx, network) == dc {
			return network
		}
	}
	return nil
}

// listOpaque puts right what the simulator makes of NICs on an N-VDS: it takes no note of their networks.
func listOpaque(ctx *simulator.Context, vm *mo.VirtualMachine) {
	isOpaque := func(ref types.ManagedObjectReference) bool { return ref.Type == "OpaqueNetwork" || ref.Value == "" }
	var networks []types.ManagedObjectReference
	for _, c := range base.NICs(vm) {
		backing, ok := c.Backing.(*types.VirtualEthernetCardOpaqueNetworkBackingInfo)
		if !ok {
			continue
		}
		if backing.OpaqueNetworkType == unlisted {
			backing.OpaqueNetworkType = logicalSwitchType
		}
		if network := opaqueNetwork(ctx, vm, backing.OpaqueNetworkId); network != nil && !slices.Contains(networks, network.Self) {
			networks = append(networks, network.Self)
		}
	}
	if len(networks) > 0 || slices.ContainsFunc(vm.Network, isOpaque) {
		vm.Network = append(slices.DeleteFunc(slices.Clone(vm.Network), isOpaque), networks...)
	}
}

// putOpaque makes the opaque network of a segment in each datacenter, which every host there has.
func putOpaque(ctx *simulator.Context, segment Segment) error {
	for _, e := range ctx.Map.All("Datacenter") {
		dc := e.(*simulator.Datacenter)
		if opaqueNetwork(ctx, dc, segment.SwitchUUID) != nil {
			continue
		}
		folder := base.Get[*simulator.Folder](ctx, dc.NetworkFolder)
		err := folder.AddOpaqueNetwork(ctx, types.OpaqueNetworkSummary{OpaqueNetworkId: segment.SwitchUUID,
			OpaqueNetworkType: logicalSwitchType, NetworkSummary: types.NetworkSummary{Name: base.StoredName(segment.Name)}})
		if err != nil {
			return fmt.Errorf("the segment %s does not come into the datacenter %s: %w", segment.ID, dc.Name, err)
		}
		network := opaqueNetwork(ctx, dc, segment.SwitchUUID)
		eachHost(ctx, dc, func(host *simulator.HostSystem) { ctx.Map.AddReference(ctx, host, &host.Network, network.Self) })
	}
	return nil
}

// removeOpaque takes the opaque networks of a segment away, all or none.
func removeOpaque(ctx *simulator.Context, segment Segment) error {
	var gone []*mo.OpaqueNetwork
	for _, e := range ctx.Map.All("Datacenter") {
		if network := opaqueNetwork(ctx, e, segment.SwitchUUID); network != nil {
			if vm := userOf(ctx, network.Self); vm != "" {
				return fmt.Errorf("the segment %s stays in vCenter: the machine %s has a NIC on it", segment.ID, vm)
			}
			gone = append(gone, network)
		}
	}
	for _, network := range gone {
		dc := base.DatacenterOf(ctx, network)
		eachHost(ctx, dc, func(host *simulator.HostSystem) { ctx.Map.RemoveReference(ctx, host, &host.Network, network.Self) })
		folder := base.FolderOf(ctx, network)
		ctx.Map.RemoveReference(ctx, folder, &folder.ChildEntity, network.Self)
		ctx.Map.Remove(ctx, network.Self)
	}
	return nil
}

// eachHost visits the hosts of a datacenter.
func eachHost(ctx *simulator.Context, dc *simulator.Datacenter, visit func(*simulator.HostSystem)) {
	for _, e := range ctx.Map.All("HostSystem") {
		if host := e.(*simulator.HostSystem); base.DatacenterOf(ctx, host) == dc {
			visit(host)
		}
	}
}
