// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	slowPolicy = "resource \"novasphere_networking_qos_policy\" \"q\" {\n  name = \"p-policy\"\n}\n"
	thePolicy  = "data \"novasphere_networking_qos_policy\" \"q\" { name = \"p-policy\" }\n"
	limitedNet = "resource \"novasphere_networking_network\" \"l\" {\n  name = \"p-limited\"\n  qos_policy_id = " +
		"novasphere_networking_qos_policy.q.id\n  segments { segmentation_id = 130 }\n}\n"

	limitedPort = "resource \"novasphere_networking_port\" \"it\" {\n  name = \"p-port\"\n  network_id = " +
		"novasphere_networking_network.n.id\n  " +
		"qos_policy_id = novasphere_networking_qos_policy.q.id\n  depends_on = [novasphere_networking_subnet.s]\n}\n"

	subNet = "resource \"novasphere_networking_network\" \"v\" {\n  name = \"p-vlan\"\n  segments { segmentation_id = 130 }\n}\nresource " +
		"\"novasphere_networking_port\" \"v\" {\n  name = \"p-sub\"\n  network_id = novasphere_networking_network.v.id\n}\n"
	parentPort = "resource \"novasphere_networking_port\" \"it\" {\n  name = \"p-port\"\n  network_id = " +
		"novasphere_networking_network.n.id\n  " +
		"depends_on = [novasphere_networking_subnet.s]\n}\n"
)

// trafficLives are the lives of QoS policies and trunks.
var trafficLives = []life{
	{noun: "networking_qos_policy", stages: []string{policyOf("a"), policyOf("b")}},
	{noun: "networking_qos_bandwidth_limit_rule", before: nets(slowPolicy), stages: []string{limitOf(1000), limitOf(2000)}},
	{noun: "networking_qos_bandwidth_limit_rule", feature: "networks that have the policy", before: nets(slowPolicy + limitedNet),
		stages: []string{limitOf(1000), limitOf(2000)}},
	{noun: "networking_qos_bandwidth_limit_rule", feature: pluggedIn, before: func(l *laboratory) {
		l.t.Helper()
		l.admin("", twoFlavors+netOnSwitch+subnetOn+slowPolicy+limitedPort)
		plug(l)
	}, stages: []string{limitOf(1000), limitOf(2000)}},
	{noun: "networking_trunk", before: nets(netOnSwitch + subnetOn + subNet + parentPort), stages: []string{trunkOf(true), trunkOf(false)}},
	{noun: "networking_trunk", feature: pluggedIn, before: func(l *laboratory) {
		l.t.Helper()
		l.admin("", twoFlavors+netOnSwitch+subnetOn+subNet+parentPort)
		plug(l)
	}, stages: []string{trunkOf(true), trunkOf(false)}},
	{noun: "networking_trunk", feature: "the first trunk of a network of an earlier version", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("", netOnSwitch+subnetOn+subNet+parentPort)
		l.forbidVLANs("p-net")
	}, stages: []string{trunkOf(true)}},
}

func policyOf(description string) string {
	return fmt.Sprintf("resource \"novasphere_networking_qos_policy\" \"it\" {\n  name = \"p-policy\"\n  description = %q\n}\n", description)
}

func limitOf(kbps int) string {
	return thePolicy + fmt.Sprintf("resource \"novasphere_networking_qos_bandwidth_limit_rule\" \"it\" {\n  qos_policy_id = "+
		"data.novasphere_networking_qos_policy.q.id\n  max_kbps = %d\n}\n", kbps)
}

func trunkOf(up bool) string {
	return thePort + strings.ReplaceAll(thePort, "\"p\" { name = \"p-port\"", "\"sub\" { name = \"p-sub\"") +
		fmt.Sprintf("resource \"novasphere_networking_trunk\" \"it\" {\n  port_id = data.novasphere_networking_port.p.id\n  admin_state_up = "+
			"%t\n  sub_port {\n    port_id = data.novasphere_networking_port.sub.id\n    segmentation_type = \"inherit\"\n  }\n}\n", up)
}

// forbidVLANs lets no port of a portgroup have VLANs of its own, as earlier versions of the provider did.
func (l *laboratory) forbidVLANs(portgroup string) {
	l.t.Helper()
	group := l.Portgroup(portgroup)
	policy, _ := group.Config.Policy.(*types.VMwareDVSPortgroupPolicy)
	policy.VlanOverrideAllowed = false
	l.done(object.NewDistributedVirtualPortgroup(l.Client().Client, group.Self).Reconfigure(l.t.Context(),
		types.DVPortgroupConfigSpec{ConfigVersion: group.Config.ConfigVersion, Policy: policy}))
}
