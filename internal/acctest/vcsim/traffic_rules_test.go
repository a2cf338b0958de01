// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/switches"
)

// filtered is a change of a port's traffic rules, all of which drop.
func filtered(p types.DistributedVirtualPort, agent string, rules ...types.DvsTrafficRule) types.DVPortConfigSpec {
	spec := edit(p, "")
	for i := range rules {
		rules[i].Action = &types.DvsDropNetworkRuleAction{}
	}
	setting := &types.VMwareDVSPortSetting{}
	setting.FilterPolicy = &types.DvsFilterPolicy{
		FilterConfig: []types.BaseDvsFilterConfig{&types.DvsTrafficFilterConfig{DvsFilterConfig: types.DvsFilterConfig{AgentName: agent},
			TrafficRuleset: &types.DvsTrafficRuleset{Enabled: types.NewBool(true), Rules: rules}}}}
	spec.Setting = setting
	return spec
}

func everyWay(sequence int32, q *types.DvsIpNetworkRuleQualifier) types.DvsTrafficRule {
	return types.DvsTrafficRule{Sequence: sequence, Direction: "both", Qualifier: []types.BaseDvsNetworkRuleQualifier{q}}
}

// TestTrafficRules: a port keeps the rules that it is given and gives them up for its portgroup's; what is no rule is refused, and the
// port stays as it was.
func TestTrafficRules(t *testing.T) {
	t.Parallel()
	d := switchDesk(t)
	port := d.ports()[0]
	own := func() int {
		setting, _ := d.ports(port.Key)[0].Config.Setting.(*types.VMwareDVSPortSetting)
		if setting.FilterPolicy == nil || setting.FilterPolicy.Inherited || len(setting.FilterPolicy.FilterConfig) == 0 {
			return 0
		}
		return len(setting.FilterPolicy.FilterConfig[0].(*types.DvsTrafficFilterConfig).TrafficRuleset.Rules)
	}
	single, tcp := &types.SingleIp{Address: "10.0.0.5"}, &types.IntExpression{Value: 6}
	good := everyWay(10, &types.DvsIpNetworkRuleQualifier{SourceAddress: single, Protocol: tcp,
		DestinationIpPort: &types.DvsSingleIpPort{PortNumber: 22}})
	d.ok(d.change(filtered(port, switches.TrafficAgent, good, everyWay(20,
		&types.DvsIpNetworkRuleQualifier{DestinationAddress: &types.IpRange{AddressPrefix: "10.0.0.0", PrefixLength: 24}}))))
	if own() != 2 {
		t.Fatalf("the port has %d rules", own())
	}
	sideways := good
	sideways.Direction = "inwards"
	twice := good
	twice.Qualifier = append(twice.Qualifier, twice.Qualifier[0])
	for name, wrong := range map[string]types.DVPortConfigSpec{ //nolint:paralleltest // the cases try one port one after the other
		"agent":     filtered(d.ports(port.Key)[0], "iptables", good),
		"sequence":  filtered(d.ports(port.Key)[0], switches.TrafficAgent, good, good),
		"direction": filtered(d.ports(port.Key)[0], switches.TrafficAgent, sideways),
		"qualifier": filtered(d.ports(port.Key)[0], switches.TrafficAgent, twice),
		"address": filtered(d.ports(port.Key)[0], switches.TrafficAgent, everyWay(1,
			&types.DvsIpNetworkRuleQualifier{SourceAddress: &types.SingleIp{Address: "10.0.0"}})),
		"prefix": filtered(d.ports(port.Key)[0], switches.TrafficAgent, everyWay(1,
			&types.DvsIpNetworkRuleQualifier{SourceAddress: &types.IpRange{AddressPrefix: "10.0.0.1", PrefixLength: 24}})),
		"versions": filtered(d.ports(port.Key)[0], switches.TrafficAgent, everyWay(1,
			&types.DvsIpNetworkRuleQualifier{SourceAddress: single, DestinationAddress: &types.SingleIp{Address: "2001:db8::1"}})),
		"protocol": filtered(d.ports(port.Key)[0], switches.TrafficAgent, everyWay(1,
			&types.DvsIpNetworkRuleQualifier{DestinationIpPort: &types.DvsSingleIpPort{PortNumber: 22}})),
		"range": filtered(d.ports(port.Key)[0], switches.TrafficAgent, everyWay(1,
			&types.DvsIpNetworkRuleQualifier{Protocol: tcp, DestinationIpPort: &types.DvsIpPortRange{StartPortNumber: 9, EndPortNumber: 2}})),
	} {
		t.Run(name, func(t *testing.T) { faults(t, d.change(wrong), &types.InvalidArgument{}) })
	}
	if own() != 2 {
		t.Errorf("after changes that were refused the port has %d rules", own())
	}
	back := edit(d.ports(port.Key)[0], "")
	setting := &types.VMwareDVSPortSetting{}
	setting.FilterPolicy = &types.DvsFilterPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: true}}
	back.Setting = setting
	d.ok(d.change(back))
	if own() != 0 {
		t.Errorf("the port still has %d rules of its own", own())
	}
}
