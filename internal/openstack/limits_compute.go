// SPDX-License-Identifier: MPL-2.0

package openstack

// The sources of the rows below. The schemas are those against which Nova's API validates requests.
const (
	novaAPI     = "Nova's API schema"
	vSphereMost = "vSphere's configuration maximums"
	vSphereName = "vSphere: names in the inventory"
	recordKey   = "the key of a record in the catalogue"
)

// The limits of the compute service.
var (
	InstanceName = Limit{"the name of an instance", "compute_instance.name", "characters", 1, 80, nameSpelling, vSphereName + "; " +
		novaAPI + " allows 255"}
	FlavorName = Limit{"the name of a flavor", "compute_flavor.name", "characters", 1, 200, nameSpelling, recordKey + "; " + novaAPI +
		" allows 255"}
	FlavorID = Limit{"the id of a flavor", "compute_flavor.flavor_id", "characters", 1, 200, idSpelling, recordKey + "; " + novaAPI +
		" allows 255"}
	KeyPairName = Limit{"the name of a key pair", "compute_keypair.name", "characters", 1, 200, nameSpelling, recordKey + "; " + novaAPI +
		" allows 255"}
	ServerGroupName = Limit{"the name of a server group", "compute_servergroup.name", "characters", 1, 255, nameSpelling, novaAPI}
	AggregateName   = Limit{"the name of an aggregate", "compute_aggregate.name", "characters", 1, 255, nameSpelling, novaAPI}
	ZoneName        = Limit{"the name of an availability zone", "availability_zone.name compute_aggregate.zone", "characters", 0, 255,
		zoneSpelling, novaAPI}
	ClusterName = Limit{"the name of a cluster", "compute_cluster.name", "characters", 1, 80, nameSpelling, vSphereName}
	MetadataKey = Limit{"a key of metadata", "compute_instance.metadata compute_aggregate.metadata", "characters", 1, 255, textSpelling,
		novaAPI + ", for ASCII alone"}
	MetadataCount   = Limit{"metadata", "compute_instance.metadata", "entries", 0, 128, Spelling{}, "Nova's quota metadata_items"}
	Tag             = Limit{"a tag", "compute_instance.tags", "characters", 1, 60, tagSpelling, novaAPI}
	TagCount        = Limit{"a set of tags", "compute_instance.tags", "entries", 0, 50, Spelling{}, novaAPI}
	ExtraSpecKey    = Limit{"a key of extra_specs", "compute_flavor.extra_specs", "characters", 1, 255, keySpelling, novaAPI}
	FlavorVCPUs     = Limit{"a flavor", "compute_flavor.vcpus", "vCPUs", 1, 960, Spelling{}, vSphereMost + " (9.0; 768 in 8.0)"}
	FlavorRAM       = Limit{"a flavor", "compute_flavor.ram", "MB of memory", 1, 24 << 20, Spelling{}, vSphereMost}
	FlavorDisk      = Limit{"a disk", "compute_flavor.disk compute_flavor.ephemeral", "GiB", 0, 62 << 10, Spelling{}, vSphereMost}
	FlavorSwap      = Limit{"a swap disk", "compute_flavor.swap", "MB", 0, 62 << 20, Spelling{}, vSphereMost}
	BlockDeviceSize = Limit{"a disk", "compute_instance.block_device.volume_size", "GiB", 1, 62 << 10, Spelling{}, vSphereMost}
	NICCount        = Limit{"an instance", "compute_instance.network", "network adapters", 0, 10, Spelling{}, vSphereMost}
	DiskCount       = Limit{"an instance", "compute_instance.block_device", "disks", 0, 60, Spelling{}, vSphereMost +
		": 4 SCSI adapters of 15 places"}
	PersonalityPath = Limit{"the path of a file", "compute_instance.personality.file", "characters", 1, 255, pathSpelling,
		"Nova's quota injected_file_path_bytes"}
	InventorySegment = Limit{"the name of a folder or resource pool", "provider.folder provider.resource_pool", "characters", 1, 80,
		nameSpelling, vSphereName}
)

// ComputeLimits lists the rows of the compute service in the order of the documentation.
var ComputeLimits = []*Limit{
	&InstanceName, &FlavorName, &FlavorID, &KeyPairName, &ServerGroupName, &AggregateName, &ZoneName, &ClusterName, &InventorySegment,
	&MetadataKey, &MetadataCount, &Tag, &TagCount, &ExtraSpecKey, &FlavorVCPUs, &FlavorRAM, &FlavorDisk, &FlavorSwap, &BlockDeviceSize,
	&NICCount, &DiskCount, &PersonalityPath,
}
