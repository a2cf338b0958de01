// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// AllowVLANs lets each port of a portgroup carry VLANs of its own. A portgroup that allows it is left alone.
func (c *Networks) AllowVLANs(ctx context.Context, n openstack.Network) error {
	if n.OwnVLANs {
		return nil
	}
	_, err := c.changePortgroup(ctx, n, func(have openstack.Network) openstack.Network {
		have.OwnVLANs = true
		return have
	})
	return err
}

// VLANsOf returns the VLANs that a switch port carries as a trunk of its own, sorted; nil if it has its portgroup's.
func VLANsOf(is types.DistributedVirtualPort) (out []int64) {
	setting, ok := is.Config.Setting.(*types.VMwareDVSPortSetting)
	if !ok {
		return nil
	}
	trunk, ok := setting.Vlan.(*types.VmwareDistributedVirtualSwitchTrunkVlanSpec)
	if !ok || trunk.Inherited {
		return nil
	}
	for _, r := range trunk.VlanId {
		for vlan := r.Start; vlan <= r.End; vlan++ {
			out = append(out, int64(vlan))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// overrideVLANs makes a switch port a trunk of its own, or takes that away where it is one.
func overrideVLANs(setting *types.VMwareDVSPortSetting, is types.DistributedVirtualPort, want []int64) {
	switch {
	case len(want) > 0:
		setting.Vlan = &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{VlanId: ranges(want)}
	case len(VLANsOf(is)) > 0:
		inherited := &types.VmwareDistributedVirtualSwitchVlanIdSpec{}
		inherited.Inherited, setting.Vlan = true, inherited
	}
}

// ranges returns sorted numbers as ranges.
func ranges(sorted []int64) (out []types.NumericRange) {
	for _, vlan := range sorted {
		if last := len(out) - 1; last >= 0 && int64(out[last].End) == vlan-1 {
			out[last].End++
			continue
		}
		out = append(out, types.NumericRange{Start: int32(vlan), End: int32(vlan)})
	}
	return out
}
