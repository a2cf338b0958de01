// SPDX-License-Identifier: MPL-2.0

package unsupported

// blockstorage lists the unsupported resources of the block storage service.
var blockstorage = []noun{
	{name: "blockstorage_qos_association", what: "the association of a QoS specification",
		about: "A QoS specification's way to a volume type.", because: storageTypes, arguments: []argument{
			{name: "qos_id", is: text, mode: required, text: "The id of the QoS specification."},
			{name: "volume_type_id", is: text, mode: required, text: "The id of the volume type."},
		}},
	{name: "blockstorage_qos", what: "a QoS specification of volumes", about: "Limits that volume types can be given.",
		because: storageTypes, arguments: []argument{
			{name: "name", is: text, mode: required, text: "Its name."},
			{name: "consumer", is: text, mode: optional, text: "Who keeps the limits: `front-end`, `back-end` or `both`."},
			{name: "specs", is: pairs, mode: optional, text: "Keys and values of the limits."},
		}},
	{name: "blockstorage_quotaset", what: "a quota", about: "What a project may have of the block storage service.",
		because: quotas, limits: limits{create: true, update: true, delete: true}, arguments: []argument{
			{name: "project_id", is: text, mode: required, text: "The id of the project."},
			{name: "backup_gigabytes", is: number, mode: chosen, text: "How many GiB all backups may have together."},
			{name: "backups", is: number, mode: chosen, text: "How many backups the project may have."},
			{name: "gigabytes", is: number, mode: chosen, text: "How many GiB all volumes and snapshots may have together."},
			{name: "groups", is: number, mode: chosen, text: "How many groups of volumes the project may have."},
			{name: "per_volume_gigabytes", is: number, mode: chosen, text: "How many GiB a volume may have."},
			{name: "snapshots", is: number, mode: chosen, text: "How many snapshots the project may have."},
			{name: "volume_type_quota", is: pairs, mode: optional, text: "Maxima for volume types, by their names."},
			{name: "volumes", is: number, mode: chosen, text: "How many volumes the project may have."},
		}},
	{name: "blockstorage_volume_attach", what: "the attachment of a volume to a host",
		about: "A volume's way to a host that is no instance.", because: outside, limits: limits{create: true, delete: true},
		arguments: []argument{
			{name: "host_name", is: text, mode: required, text: "The host to attach it to."},
			{name: "volume_id", is: text, mode: required, text: "The id of the volume."},
			{name: "attach_mode", is: text, mode: optional, text: "`ro` or `rw`."},
			{name: "device", is: text, mode: optional, text: "The path of the device in the guest."},
			{name: "initiator", is: text, mode: optional, text: "The host's iSCSI name."},
			{name: "ip_address", is: text, mode: optional, text: "The host's address."},
			{name: "multipath", is: truth, mode: optional, text: "Whether several paths may lead to it."},
			{name: "os_type", is: text, mode: optional, text: "The host's operating system."},
			{name: "platform", is: text, mode: optional, text: "The host's architecture."},
			{name: "wwnn", is: text, mode: optional, text: "The host's Fibre Channel node name."},
			{name: "wwpn", is: list, mode: optional, text: "The host's Fibre Channel port names."},
			{name: "data", is: pairs, mode: computed, text: "What a client needs to reach it.", secret: true},
			{name: "driver_volume_type", is: text, mode: computed, text: "How it is reached: `iscsi` and its like."},
			{name: "mount_point_base", is: text, mode: computed, text: "Where a shared file system is mounted."},
		}},
	{name: "blockstorage_volume_type_access", what: "the access of a project to a volume type",
		about: "A project's access to a volume type that is not public.", because: projects, arguments: []argument{
			{name: "project_id", is: text, mode: required, text: "The id of the project."},
			{name: "volume_type_id", is: text, mode: required, text: "The id of the volume type."},
		}},
	{name: "blockstorage_volume_type", what: "a volume type", about: "A kind of storage that volumes can be made on.",
		because: storageTypes, arguments: []argument{
			{name: "name", is: text, mode: required, text: "Its name."},
			{name: "description", is: text, mode: chosen, text: "What it is for."},
			{name: "extra_specs", is: pairs, mode: chosen, text: "Keys and values that its back end reads."},
			{name: "is_public", is: truth, mode: chosen, text: "Whether every project may use it."},
		}},
}
