// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Portgroup reads a portgroup with all its properties.
func (v *VCenter) Portgroup(name string) (group mo.DistributedVirtualPortgroup) {
	v.t.Helper()
	ctx := v.t.Context()
	found, err := find.NewFinder(v.Client().Client).Network(ctx, "/dc1/network/"+name)
	if err == nil {
		err = property.DefaultCollector(v.Client().Client).RetrieveOne(ctx, found.Reference(), nil, &group)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return group
}

// AddPortgroup makes a portgroup whose ports may override its settings, as with the vSphere client, and returns its id. otherwise changes
// its spec.
func (v *VCenter) AddPortgroup(name string, vlan int32, otherwise ...func(*types.DVPortgroupConfigSpec)) string {
	v.t.Helper()
	setting := &types.VMwareDVSPortSetting{Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: vlan}}
	policy := &types.VMwareDVSPortgroupPolicy{DVPortgroupPolicy: types.DVPortgroupPolicy{BlockOverrideAllowed: true,
		PortConfigResetAtDisconnect: true, TrafficFilterOverrideAllowed: types.NewBool(true)},
		SecurityPolicyOverrideAllowed: true}
	spec := types.DVPortgroupConfigSpec{Name: name, Type: string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding), NumPorts: 8,
		DefaultPortConfig: setting, Policy: policy}
	for _, change := range otherwise {
		change(&spec)
	}
	task, err := object.NewDistributedVirtualSwitch(v.Client().Client,
		*v.Portgroup("public").Config.DistributedVirtualSwitch).AddPortgroup(v.t.Context(),
		[]types.DVPortgroupConfigSpec{spec})
	if err == nil {
		err = task.Wait(v.t.Context())
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return v.Portgroup(name).Self.Value
}

// Booked returns the switch ports of a portgroup that have a name, by name.
func (v *VCenter) Booked(portgroup string) map[string]types.DistributedVirtualPort {
	v.t.Helper()
	group := v.Portgroup(portgroup)
	dvs := object.NewDistributedVirtualSwitch(v.Client().Client, *group.Config.DistributedVirtualSwitch)
	all, err := dvs.FetchDVPorts(v.t.Context(), &types.DistributedVirtualSwitchPortCriteria{PortgroupKey: []string{group.Key},
		Inside: types.NewBool(true)})
	if err != nil {
		v.t.Fatal(err)
	}
	out := map[string]types.DistributedVirtualPort{}
	for _, p := range all {
		if p.Config.Name != "" {
			out[p.Config.Name] = p
		}
	}
	return out
}

// SetPorts changes switch ports of a portgroup, as with the vSphere client.
func (v *VCenter) SetPorts(portgroup string, specs ...types.DVPortConfigSpec) error {
	v.t.Helper()
	dvs := object.NewDistributedVirtualSwitch(v.Client().Client, *v.Portgroup(portgroup).Config.DistributedVirtualSwitch)
	task, err := dvs.ReconfigureDVPort(v.t.Context(), specs)
	if err != nil {
		return err
	}
	return task.Wait(v.t.Context())
}

// FilterOf returns a port's own traffic filter, or nil.
func FilterOf(p types.DistributedVirtualPort) *types.DvsFilterPolicy {
	setting, _ := p.Config.Setting.(*types.VMwareDVSPortSetting)
	if setting == nil || setting.FilterPolicy == nil || setting.FilterPolicy.Inherited {
		return nil
	}
	return setting.FilterPolicy
}

// Packet is a packet as a switch sees it.
type Packet struct {
	From, To         string // addresses
	Protocol         int32  // 6 is TCP, 17 UDP, 1 ICMP
	FromPort, ToPort int32
}

// Passes applies a filter as the switch does: the first rule that matches decides, and a packet that matches none passes.
func (p Packet) Passes(policy *types.DvsFilterPolicy) bool {
	if policy == nil {
		return true
	}
	for _, config := range policy.FilterConfig {
		traffic, ok := config.(*types.DvsTrafficFilterConfig)
		if !ok || traffic.TrafficRuleset == nil {
			continue
		}
		rules := slices.Clone(traffic.TrafficRuleset.Rules)
		slices.SortStableFunc(rules, func(a, b types.DvsTrafficRule) int { return int(a.Sequence - b.Sequence) })
		for _, r := range rules {
			if p.satisfies(r) {
				_, accepts := r.Action.(*types.DvsAcceptNetworkRuleAction)
				return accepts
			}
		}
	}
	return true
}

// satisfies reports whether all qualifiers of a rule match. An unknown kind of qualifier matches nothing.
func (p Packet) satisfies(r types.DvsTrafficRule) bool {
	for _, one := range r.Qualifier {
		q, ok := one.(*types.DvsIpNetworkRuleQualifier)
		if !ok || q.Protocol != nil && q.Protocol.Value != p.Protocol || !at(q.SourceAddress, p.From) || !at(q.DestinationAddress, p.To) ||
			!on(q.SourceIpPort, p.FromPort) || !on(q.DestinationIpPort, p.ToPort) {
			return false
		}
	}
	return true
}

func at(want types.BaseIpAddress, address string) bool {
	switch w := want.(type) {
	case nil:
		return true
	case *types.SingleIp:
		return netip.MustParseAddr(w.Address) == netip.MustParseAddr(address)
	case *types.IpRange:
		return netip.MustParsePrefix(fmt.Sprintf("%s/%d", w.AddressPrefix, w.PrefixLength)).Contains(netip.MustParseAddr(address))
	}
	return false
}

func on(want types.BaseDvsIpPort, port int32) bool {
	switch w := want.(type) {
	case *types.DvsSingleIpPort:
		return w.PortNumber == port
	case *types.DvsIpPortRange:
		return w.StartPortNumber <= port && port <= w.EndPortNumber
	}
	return true
}
