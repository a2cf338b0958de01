// SPDX-License-Identifier: MPL-2.0

package openstack

import "strings"

// neutronAPI is the source of the rows below: the attributes against which Neutron's API validates requests (neutron-lib).
const neutronAPI = "Neutron's API attributes"

// dnsSpelling is a domain name, with or without a final dot: labels of letters, digits and hyphens.
var dnsSpelling = Spelling{"labels of 1 to 63 letters and digits of ASCII and `-`, no `-` at either end of one, with `.` between them",
	func(text string) string {
		for _, label := range strings.Split(strings.TrimSuffix(text, "."), ".") {
			switch {
			case label == "" && text == "": // none
			case label == "":
				return "has an empty label"
			case len(label) > 63:
				return "has a label of more than 63 characters"
			case strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-"):
				return "has a label that begins or ends with a hyphen"
			}
			if why := onlyASCII("-")(label); why != "" {
				return why
			}
		}
		return ""
	}}

// The limits of the network service.
var (
	NetworkName = Limit{"the name of a network", "networking_network.name", "characters", 1, 80, nameSpelling, vSphereName + "; " +
		neutronAPI + " allow 255"}
	SecurityGroupName = Limit{"the name of a security group", "networking_secgroup.name", "characters", 1, 255, nameSpelling, neutronAPI}
	NetworkingName    = Limit{"the name of a subnet, port or router", "networking_subnet.name networking_port.name networking_router.name " +
		"networking_addressscope.name networking_subnetpool.name networking_address_group.name networking_qos_policy.name networking_trunk.name",
		"characters", 0, 255, nameSpelling, neutronAPI}
	NetworkingText = Limit{"a description", "networking_network.description networking_subnet.description networking_port.description " +
		"networking_secgroup.description networking_secgroup_rule.description networking_router.description " +
		"networking_subnetpool.description networking_address_group.description networking_qos_policy.description " +
		"networking_trunk.description",
		"characters", 0, 255, Spelling{}, neutronAPI}
	NetworkingTag = Limit{"a tag", "networking_network.tags networking_subnet.tags networking_port.tags networking_secgroup.tags " +
		"networking_router.tags networking_subnetpool.tags networking_qos_policy.tags networking_trunk.tags",
		"characters", 1, 60, tagSpelling, "Neutron's tags; newer ones allow 255"}
	NetworkingTagCount = Limit{"a set of tags", "networking_network.tags networking_subnet.tags networking_port.tags " +
		"networking_secgroup.tags networking_router.tags networking_subnetpool.tags networking_qos_policy.tags networking_trunk.tags",
		"entries", 0, 50, Spelling{}, "Neutron's tags"}
	DNSName = Limit{"a DNS name", "networking_port.dns_name networking_network.dns_domain", "characters", 0, 255, dnsSpelling,
		neutronAPI}
)

// NetworkLimits lists the rows of the network service in the order of the documentation.
var NetworkLimits = []*Limit{&NetworkName, &SecurityGroupName, &NetworkingName, &NetworkingText, &NetworkingTag, &NetworkingTagCount,
	&DNSName}
