// SPDX-License-Identifier: MPL-2.0

package network

import (
	"errors"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

func decodeNetworks(plain, special []types.ObjectContent) ([]openstack.Network, []mo.DistributedVirtualSwitch, error) {
	is := func(want ...string) func(string) bool {
		return func(kind string) bool { return slices.Contains(want, kind) }
	}
	standard, err1 := property.Readable[mo.Network](plain, is("Network"))
	groups, err2 := property.Readable[mo.DistributedVirtualPortgroup](special, is("DistributedVirtualPortgroup"))
	switches, err3 := property.Readable[mo.DistributedVirtualSwitch](special, is("DistributedVirtualSwitch", "VmwareDistributedVirtualSwitch"))
	opaque, err4 := property.Readable[mo.OpaqueNetwork](special, is("OpaqueNetwork"))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, nil, faults.Explain("reading the networks", err)
	}
	var out []openstack.Network
	for _, n := range standard {
		out = append(out, openstack.Network{ID: n.Self.Value, Name: n.Name, Kind: openstack.NetworkStandard, AdminUp: true})
	}
	out = append(out, portgroups(groups, switches)...)
	for _, o := range opaque {
		out = append(out, opaqueNetwork(o))
	}
	out = slices.DeleteFunc(out, func(n openstack.Network) bool { return n.Uplink })
	slices.SortFunc(out, func(a, b openstack.Network) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out, switches, nil
}

// portgroup returns the network of a portgroup; of one that NSX keeps, its segment with this portgroup alone.
func portgroup(g mo.DistributedVirtualPortgroup, switches []mo.DistributedVirtualSwitch) openstack.Network {
	n := openstack.Network{ID: g.Self.Value, Name: g.Name, Kind: openstack.NetworkDistributed,
		Description: strings.TrimSpace(g.Config.Description), PortgroupKey: g.Key, AdminUp: true,
		Early: g.Config.Type == string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding), Elastic: property.IsTrue(g.Config.AutoExpand),
		NamesOwn: g.Config.PortNameFormat != ""}
	n.Uplink = g.Config.Uplink != nil && *g.Config.Uplink || slices.ContainsFunc(g.Tag,
		func(t types.Tag) bool { return t.Key == "SYSTEM/DVS.UPLINKPG" })
	for _, s := range switches {
		if g.Config.DistributedVirtualSwitch != nil && *g.Config.DistributedVirtualSwitch == s.Self {
			n.SwitchUUID, n.SwitchName, n.MTU, n.SwitchMTU = s.Uuid, s.Name, mtuOf(s), mtuOf(s)
		}
	}
	if policy, ok := g.Config.Policy.(*types.VMwareDVSPortgroupPolicy); ok {
		n.Overrides = policy.BlockOverrideAllowed && policy.SecurityPolicyOverrideAllowed && property.IsTrue(policy.TrafficFilterOverrideAllowed)
		n.Resets = policy.PortConfigResetAtDisconnect
		n.OwnShaping, n.OwnVLANs = policy.ShapingOverrideAllowed, policy.VlanOverrideAllowed
	}
	if setting, ok := g.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting); ok {
		observeSetting(&n, setting)
	}
	if ofNSX(g) {
		return segmentOf(g, n)
	}
	labelsOf(g.Config.VendorSpecificConfig).onto(&n)
	return n
}

// observeSetting reads what a portgroup sets for all of its ports.
func observeSetting(n *openstack.Network, setting *types.VMwareDVSPortSetting) {
	switch vlan := setting.Vlan.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		n.VLAN = int64(vlan.VlanId)
	case *types.VmwareDistributedVirtualSwitchPvlanSpec:
		n.VLAN = int64(vlan.PvlanId)
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		n.Trunk = true
		for _, r := range vlan.VlanId {
			n.TrunkVLANs = append(n.TrunkVLANs, openstack.VLANRange{First: int64(r.Start), Last: int64(r.End)})
		}
	}
	n.AdminUp = setting.Blocked == nil || !property.IsTrue(setting.Blocked.Value)
	if s := setting.SecurityPolicy; s != nil {
		for _, allowed := range []*types.BoolPolicy{s.AllowPromiscuous, s.ForgedTransmits, s.MacChanges} {
			n.Insecure = n.Insecure || allowed != nil && property.IsTrue(allowed.Value)
		}
	}
	n.Shaping = shapingOf(setting)
	n.Filtered = setting.FilterPolicy != nil && len(setting.FilterPolicy.FilterConfig) > 0
}

// mtuOf returns a switch's MTU in bytes, 0 if it does not show it.
func mtuOf(s mo.DistributedVirtualSwitch) int64 {
	if config, ok := s.Config.(*types.VMwareDVSConfigInfo); ok {
		return int64(config.MaxMtu)
	}
	return 0
}

func opaqueNetwork(o mo.OpaqueNetwork) openstack.Network {
	n := openstack.Network{ID: o.Self.Value, Name: o.Name, Kind: openstack.NetworkOpaque, AdminUp: true}
	if s, ok := o.Summary.(*types.OpaqueNetworkSummary); ok {
		n.OpaqueID, n.OpaqueType = s.OpaqueNetworkId, s.OpaqueNetworkType
	}
	return n
}
