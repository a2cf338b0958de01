// SPDX-License-Identifier: MPL-2.0

package unsupported

// unlimited lists the data sources of quotas. A vCenter has no quotas, so every maximum is -1.
var unlimited = []noun{
	{name: "blockstorage_quotaset", about: "What a project may have of the block storage service.",
		arguments: []argument{
			{name: "project_id", is: text, mode: required, text: "The id of the project."},
			{name: "backup_gigabytes", is: number, mode: computed, text: "How many GiB all backups may have together."},
			{name: "backups", is: number, mode: computed, text: "How many backups the project may have."},
			{name: "gigabytes", is: number, mode: computed, text: "How many GiB all volumes and snapshots may have together."},
			{name: "groups", is: number, mode: computed, text: "How many groups of volumes the project may have."},
			{name: "per_volume_gigabytes", is: number, mode: computed, text: "How many GiB a volume may have."},
			{name: "snapshots", is: number, mode: computed, text: "How many snapshots the project may have."},
			{name: "volume_type_quota", is: pairs, mode: computed, text: "Maxima for volume types, by their names."},
			{name: "volumes", is: number, mode: computed, text: "How many volumes the project may have."},
		}},
	{name: "compute_quotaset", about: "What a project may have of the compute service.",
		arguments: []argument{
			{name: "project_id", is: text, mode: required, text: "The id of the project."},
			{name: "cores", is: number, mode: computed, text: "How many virtual CPUs the project may have."},
			{name: "fixed_ips", is: number, mode: computed, text: "How many fixed IPs the project may have."},
			{name: "floating_ips", is: number, mode: computed, text: "How many floating IPs the project may have."},
			{name: "injected_file_content_bytes", is: number, mode: computed, text: "How large such a file may be."},
			{name: "injected_file_path_bytes", is: number, mode: computed, text: "How long its path may be."},
			{name: "injected_files", is: number, mode: computed, text: "How many files an instance may be given."},
			{name: "instances", is: number, mode: computed, text: "How many instances the project may have."},
			{name: "key_pairs", is: number, mode: computed, text: "How many key pairs the project may have."},
			{name: "metadata_items", is: number, mode: computed, text: "How many keys an instance may have."},
			{name: "ram", is: number, mode: computed, text: "How much memory the project may have, in MB."},
			{name: "security_group_rules", is: number, mode: computed, text: "How many rules the project may have."},
			{name: "security_groups", is: number, mode: computed, text: "How many security groups the project may have."},
			{name: "server_group_members", is: number, mode: computed, text: "How many members a server group may have."},
			{name: "server_groups", is: number, mode: computed, text: "How many server groups the project may have."},
		}},
	{name: "networking_quota", about: "What a project may have of the network service.",
		arguments: []argument{
			{name: "project_id", is: text, mode: required, text: "The id of the project."},
			{name: "floatingip", is: number, mode: computed, text: "How many floating IPs the project may have."},
			{name: "network", is: number, mode: computed, text: "How many networks the project may have."},
			{name: "port", is: number, mode: computed, text: "How many ports the project may have."},
			{name: "rbac_policy", is: number, mode: computed, text: "How many RBAC policies the project may have."},
			{name: "router", is: number, mode: computed, text: "How many routers the project may have."},
			{name: "security_group", is: number, mode: computed, text: "How many security groups the project may have."},
			{name: "security_group_rule", is: number, mode: computed, text: "How many rules the project may have."},
			{name: "subnet", is: number, mode: computed, text: "How many subnets the project may have."},
			{name: "subnetpool", is: number, mode: computed, text: "How many pools of subnets the project may have."},
		}},
}
