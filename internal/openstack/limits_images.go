// SPDX-License-Identifier: MPL-2.0

package openstack

// glanceAPI is the source of the rows below: the schemas against which Glance's API validates requests.
const glanceAPI = "Glance's API schemas"

// The limits of the image service.
var (
	ImageName = Limit{"the name of an image", "images_image.name", "characters", 1, 80, nameSpelling, vSphereName + "; " + glanceAPI +
		" allow 255"}
	ImageTag      = Limit{"a tag of an image", "images_image.tags", "characters", 1, 255, textSpelling, glanceAPI}
	ImageTagCount = Limit{"a set of tags", "images_image.tags", "entries", 0, 128, Spelling{}, "Glance's quota image_tag_quota"}

	ImagePropertyKey   = Limit{"the name of an image's property", "images_image.properties", "characters", 1, 255, keySpelling, glanceAPI}
	ImagePropertyCount = Limit{"an image", "images_image.properties", "properties", 0, 128, Spelling{},
		"Glance's quota image_property_quota"}
	ImageLeastDisk = Limit{"the smallest root disk", "images_image.min_disk_gb", "GiB", 0, 62 << 10, Spelling{}, vSphereMost}
	ImageLeastRAM  = Limit{"the least memory", "images_image.min_ram_mb", "MB", 0, 24 << 20, Spelling{}, vSphereMost}
)

// ImageLimits lists the rows of the image service in the order of the documentation.
var ImageLimits = []*Limit{&ImageName, &ImageTag, &ImageTagCount, &ImagePropertyKey, &ImagePropertyCount, &ImageLeastDisk, &ImageLeastRAM}
