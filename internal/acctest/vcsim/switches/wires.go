// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// wrongWires is the first part of a setting's VLANs and limits that no switch takes; empty where there is none.
func wrongWires(setting types.BaseDVPortSetting) string {
	s, ok := setting.(*types.VMwareDVSPortSetting)
	if !ok {
		return ""
	}
	if property := wrongVLANs(s.Vlan); property != "" {
		return property
	}
	if property := wrongShaping(s.InShapingPolicy); property != "" {
		return "inShapingPolicy." + property
	}
	if property := wrongShaping(s.OutShapingPolicy); property != "" {
		return "outShapingPolicy." + property
	}
	return ""
}

// wrongVLANs: VLANs go from 0 to 4094, and a range of them begins with its smaller end.
func wrongVLANs(vlan types.BaseVmwareDistributedVirtualSwitchVlanSpec) string {
	switch v := vlan.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		if v.VlanId < 0 || v.VlanId > 4094 {
			return "vlan.vlanId"
		}
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		if len(v.VlanId) == 0 && !v.Inherited {
			return "vlan.vlanId"
		}
		for _, r := range v.VlanId {
			if r.Start < 0 || r.End > 4094 || r.Start > r.End {
				return "vlan.vlanId"
			}
		}
	}
	return ""
}

// wrongShaping: a limit that is switched on has an average and a burst, and a peak that is not below the average.
func wrongShaping(p *types.DVSTrafficShapingPolicy) string {
	switch {
	case p == nil || p.Inherited || p.Enabled == nil || !base.IsTrue(p.Enabled.Value):
		return ""
	case p.AverageBandwidth == nil || p.AverageBandwidth.Value <= 0:
		return "averageBandwidth"
	case p.PeakBandwidth == nil || p.PeakBandwidth.Value < p.AverageBandwidth.Value:
		return "peakBandwidth"
	case p.BurstSize == nil || p.BurstSize.Value <= 0:
		return "burstSize"
	}
	return ""
}

// inheritedVLAN reports whether a port is told to have its portgroup's VLANs.
func inheritedVLAN(vlan types.BaseVmwareDistributedVirtualSwitchVlanSpec) bool {
	return vlan != nil && vlan.GetVmwareDistributedVirtualSwitchVlanSpec().Inherited
}

// inheritWires marks a setting's VLANs and limits as inherited, on copies: the originals are the portgroup's.
func inheritWires(s *types.VMwareDVSPortSetting) {
	switch v := s.Vlan.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		inherited := *v
		inherited.Inherited, s.Vlan = true, &inherited
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		inherited := *v
		inherited.Inherited, s.Vlan = true, &inherited
	case *types.VmwareDistributedVirtualSwitchPvlanSpec:
		inherited := *v
		inherited.Inherited, s.Vlan = true, &inherited
	}
	for _, policy := range []**types.DVSTrafficShapingPolicy{&s.InShapingPolicy, &s.OutShapingPolicy} {
		if *policy != nil {
			inherited := **policy
			inherited.Inherited, *policy = true, &inherited
		}
	}
}

// dropInheritedWires takes out of a port's own setting what is its portgroup's again.
func dropInheritedWires(s *types.VMwareDVSPortSetting) {
	if inheritedVLAN(s.Vlan) {
		s.Vlan = nil
	}
	for _, policy := range []**types.DVSTrafficShapingPolicy{&s.InShapingPolicy, &s.OutShapingPolicy} {
		if *policy != nil && (*policy).Inherited {
			*policy = nil
		}
	}
}
