// SPDX-License-Identifier: MPL-2.0

package unsupported

// compute lists the unsupported resources of the compute service.
var compute = []noun{
	{name: "compute_flavor_access", what: "the access of a project to a flavor",
		about: "A project's access to a flavor that is not public.", because: projects, arguments: []argument{
			{name: "flavor_id", is: text, mode: required, text: "The id of the flavor."},
			{name: "tenant_id", is: text, mode: required, text: "The id of the project."},
		}},
	{name: "compute_quotaset", what: "a quota", about: "What a project may have of the compute service.",
		because: quotas, limits: limits{create: true, update: true, delete: true}, arguments: []argument{
			{name: "project_id", is: text, mode: required, text: "The id of the project."},
			{name: "cores", is: number, mode: chosen, text: "How many virtual CPUs the project may have."},
			{name: "fixed_ips", is: number, mode: chosen, text: "How many fixed IPs the project may have."},
			{name: "floating_ips", is: number, mode: chosen, text: "How many floating IPs the project may have."},
			{name: "injected_file_content_bytes", is: number, mode: chosen, text: "How large such a file may be."},
			{name: "injected_file_path_bytes", is: number, mode: chosen, text: "How long its path may be."},
			{name: "injected_files", is: number, mode: chosen, text: "How many files an instance may be given."},
			{name: "instances", is: number, mode: chosen, text: "How many instances the project may have."},
			{name: "key_pairs", is: number, mode: chosen, text: "How many key pairs the project may have."},
			{name: "metadata_items", is: number, mode: chosen, text: "How many keys an instance may have."},
			{name: "ram", is: number, mode: chosen, text: "How much memory the project may have, in MB."},
			{name: "security_group_rules", is: number, mode: chosen, text: "How many rules the project may have."},
			{name: "security_groups", is: number, mode: chosen, text: "How many security groups the project may have."},
			{name: "server_group_members", is: number, mode: chosen, text: "How many members a server group may have."},
			{name: "server_groups", is: number, mode: chosen, text: "How many server groups the project may have."},
		}},
}
