// SPDX-License-Identifier: MPL-2.0

package unsupported

// networking lists the unsupported resources of the network service.
var networking = []noun{
	{name: "networking_bgp_peer", what: "a BGP peer", about: "A neighbour that routes are exchanged with.",
		because: bgp, limits: limits{delete: true}, arguments: []argument{
			{name: "peer_ip", is: text, mode: required, text: "The address of the neighbour."},
			{name: "remote_as", is: number, mode: required, text: "The neighbour's number of autonomous system."},
			{name: "auth_type", is: text, mode: optional, text: "`none` or `md5`."},
			{name: "name", is: text, mode: optional, text: "Its name."},
			{name: "password", is: text, mode: optional, text: "The password of the session.", secret: true},
			{name: "tenant_id", is: text, mode: chosen, text: "The id of the project."},
		}},
	{name: "networking_bgp_speaker", what: "a BGP speaker", about: "A router's voice towards its neighbours.",
		because: bgp, limits: limits{delete: true}, arguments: []argument{
			{name: "local_as", is: number, mode: required, text: "The number of the autonomous system."},
			{name: "advertise_floating_ip_host_routes", is: truth, mode: chosen, text: "Whether floating IPs are announced."},
			{name: "advertise_tenant_networks", is: truth, mode: chosen, text: "Whether networks of projects are announced."},
			{name: "ip_version", is: number, mode: optional, text: "4 or 6."},
			{name: "name", is: text, mode: optional, text: "Its name."},
			{name: "networks", is: set, mode: optional, text: "The ids of networks that are announced."},
			{name: "peers", is: set, mode: optional, text: "The ids of neighbours."},
			{name: "tenant_id", is: text, mode: chosen, text: "The id of the project."},
			{name: "advertised_routes", is: blocks, mode: computed, text: "What is announced.", of: []argument{
				{name: "destination", is: text, mode: computed, text: "The range of addresses."},
				{name: "next_hop", is: text, mode: computed, text: "The neighbour that it leads by."},
			}},
		}},
	{name: "networking_qos_dscp_marking_rule", what: "a DSCP mark", about: "The mark that a QoS policy gives packets.",
		because: marks, limits: limits{create: true, delete: true}, arguments: []argument{
			{name: "dscp_mark", is: number, mode: required, text: "The mark in the packets, 0 to 56."},
			{name: "qos_policy_id", is: text, mode: required, text: "The id of the QoS policy."},
		}},
	{name: "networking_qos_minimum_bandwidth_rule", what: "a guaranteed bandwidth",
		about: "How much traffic a QoS policy guarantees.", because: guarantees, limits: limits{create: true, delete: true},
		arguments: []argument{
			{name: "min_kbps", is: number, mode: required, text: "The least kbit/s."},
			{name: "qos_policy_id", is: text, mode: required, text: "The id of the QoS policy."},
			{name: "direction", is: text, mode: optional, text: "`ingress` or `egress`."},
		}},
	{name: "networking_quota", what: "a quota", about: "What a project may have of the network service.",
		because: quotas, limits: limits{create: true, update: true, delete: true}, arguments: []argument{
			{name: "project_id", is: text, mode: required, text: "The id of the project."},
			{name: "floatingip", is: number, mode: chosen, text: "How many floating IPs the project may have."},
			{name: "network", is: number, mode: chosen, text: "How many networks the project may have."},
			{name: "port", is: number, mode: chosen, text: "How many ports the project may have."},
			{name: "rbac_policy", is: number, mode: chosen, text: "How many RBAC policies the project may have."},
			{name: "router", is: number, mode: chosen, text: "How many routers the project may have."},
			{name: "security_group", is: number, mode: chosen, text: "How many security groups the project may have."},
			{name: "security_group_rule", is: number, mode: chosen, text: "How many rules the project may have."},
			{name: "subnet", is: number, mode: chosen, text: "How many subnets the project may have."},
			{name: "subnetpool", is: number, mode: chosen, text: "How many pools of subnets the project may have."},
		}},
	{name: "networking_rbac_policy", what: "an RBAC policy", about: "The sharing of a network or a policy with another project.",
		because: projects, arguments: []argument{
			{name: "action", is: text, mode: required, text: "`access_as_shared` or `access_as_external`."},
			{name: "object_id", is: text, mode: required, text: "The id of what is shared."},
			{name: "object_type", is: text, mode: required, text: "`network`, `qos_policy` and their like."},
			{name: "target_tenant", is: text, mode: required, text: "The project that it is shared with."},
			{name: "project_id", is: text, mode: computed, text: "The id of the project."},
		}},
	{name: "networking_segment", what: "a segment of its own", about: "One of several wires under a network.",
		because: segments, arguments: []argument{
			{name: "network_id", is: text, mode: required, text: "The id of the network."},
			{name: "network_type", is: text, mode: required, text: "`vlan`, `flat` and their like."},
			{name: "description", is: text, mode: optional, text: "What it is for."},
			{name: "name", is: text, mode: optional, text: "Its name."},
			{name: "physical_network", is: text, mode: optional, text: "The name of the physical network."},
			{name: "segmentation_id", is: number, mode: chosen, text: "The VLAN, or the number of the overlay."},
			{name: "created_at", is: text, mode: computed, text: "When it was made."},
			{name: "revision_number", is: number, mode: computed, text: "How often it has been changed."},
			{name: "updated_at", is: text, mode: computed, text: "When it was last changed."},
		}},
}

// networkingData lists the unsupported data sources of the network service.
var networkingData = []noun{
	{name: "networking_qos_dscp_marking_rule", what: "a DSCP mark", about: "Finds a DSCP mark of a QoS policy.",
		because: marks, arguments: []argument{
			{name: "qos_policy_id", is: text, mode: optional, text: "The id of the QoS policy."},
			{name: "dscp_mark", is: number, mode: chosen, text: "The mark in the packets, 0 to 56."},
		}},
	{name: "networking_qos_minimum_bandwidth_rule", what: "a guaranteed bandwidth",
		about: "Finds a guaranteed bandwidth of a QoS policy.", because: guarantees, arguments: []argument{
			{name: "qos_policy_id", is: text, mode: optional, text: "The id of the QoS policy."},
			{name: "direction", is: text, mode: chosen, text: "`ingress` or `egress`."},
			{name: "min_kbps", is: number, mode: chosen, text: "The least kbit/s."},
		}},
	{name: "networking_segment", what: "a segment of its own", about: "Finds a segment.",
		because: segments, arguments: []argument{
			{name: "description", is: text, mode: chosen, text: "What it is for."},
			{name: "name", is: text, mode: chosen, text: "Its name."},
			{name: "network_id", is: text, mode: chosen, text: "The id of the network."},
			{name: "network_type", is: text, mode: chosen, text: "`vlan`, `flat` and their like."},
			{name: "physical_network", is: text, mode: chosen, text: "The name of the physical network."},
			{name: "revision_number", is: number, mode: chosen, text: "How often it has been changed."},
			{name: "segment_id", is: text, mode: chosen, text: "The id of the segment."},
			{name: "segmentation_id", is: number, mode: chosen, text: "The VLAN, or the number of the overlay."},
			{name: "created_at", is: text, mode: computed, text: "When it was made."},
			{name: "updated_at", is: text, mode: computed, text: "When it was last changed."},
		}},
}
