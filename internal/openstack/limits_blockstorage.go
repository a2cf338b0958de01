// SPDX-License-Identifier: MPL-2.0

package openstack

// cinderAPI is the source of the rows below: the schemas against which Cinder's API validates requests.
const cinderAPI = "Cinder's API schemas"

// The limits of the block storage service.
var (
	VolumeName = Limit{"the name of a volume", "blockstorage_volume.name", "characters", 0, 255, textSpelling, cinderAPI}
	VolumeText = Limit{"a volume's description", "blockstorage_volume.description", "characters", 0, 255, Spelling{}, cinderAPI}
	VolumeSize = Limit{"the size of a volume", "blockstorage_volume.size", "GiB", 1, 62 << 10, Spelling{},
		"the largest virtual disk of vSphere has 62 TiB"}
	VolumeMetadataKey = Limit{"a key of a volume's metadata", "blockstorage_volume.metadata", "characters", 1, 255, textSpelling, cinderAPI}
	SnapshotName      = Limit{"the name of a snapshot", "blockstorage_snapshot.name", "characters", 0, 255, textSpelling, cinderAPI}
	SnapshotText      = Limit{"a snapshot's description", "blockstorage_snapshot.description", "characters", 0, 255, Spelling{}, cinderAPI}

	SnapshotMetadataKey = Limit{"a key of a snapshot's metadata", "blockstorage_snapshot.metadata", "characters", 1, 255, textSpelling,
		cinderAPI}
)

// BlockStorageLimits lists the rows of the block storage service in the order of the documentation.
var BlockStorageLimits = []*Limit{&VolumeName, &VolumeText, &VolumeSize, &VolumeMetadataKey, &SnapshotName, &SnapshotText,
	&SnapshotMetadataKey}
