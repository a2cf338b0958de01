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

// Portgroup is a portgroup with all of its properties.
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

// AddPortgroup makes a portgroup whose ports may differ from it, as somebody with the vSphere client does, and gives its id. It may be made
// otherwise.
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

// Booked are the ports of the switch that bear a name in a portgroup, by it.
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

// SetPorts changes ports of a portgroup's switch, as somebody with the vSphere client does.
func (v *VCenter) SetPorts(portgroup string, specs ...types.DVPortConfigSpec) error {
	v.t.Helper()
	dvs := object.NewDistributedVirtualSwitch(v.Client().Client, *v.Portgroup(portgroup).Config.DistributedVirtualSwitch)
	task, err := dvs.ReconfigureDVPort(v.t.Context(), specs)
	if err != nil {
		return err
	}
	return task.Wait(v.t.Context())
}

// FilterOf is a port's traffic filter, nil where it has none of its own.
func FilterOf(p types.DistributedVirtualPort) *types.DvsFilterPolicy {
	setting, _ := p.Config.Setting.(*types.VMwareDVSPortSetting)
	if setting == nil || setting.FilterPolicy == nil || setting.FilterPolicy.Inherited {
		return nil
	}
	return setting.FilterPolicy
}

// Packet is what a switch sees.
type Packet struct {
	From, To         string // addresses
	Protocol         int32  // 6 is TCP, 17 UDP, 1 ICMP
	FromPort, ToPort int32
}

// Passes is the switch: the first rule that a packet satisfies decides, and without one it passes.
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

// satisfies looks at all qualifiers. A kind that it does not know is satisfied by nothing.
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
