// SPDX-License-Identifier: MPL-2.0

package faults_test

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"

// copiedNouns returns volumes that are filled from something, and what they are filled from.
func copiedNouns() []*faults.Noun {
	const data = `resource "novasphere_blockstorage_volume" "data" {
  name = "data"
  size = 1
}
`
	const taken = data + `resource "novasphere_blockstorage_snapshot" "s" {
  volume_id = novasphere_blockstorage_volume.data.id
  name      = "nightly"
}
`
	const image = "data \"novasphere_images_image\" \"debian\" { name = \"debian-12\" }\n"
	snapshot := func(more string) string {
		return named("blockstorage_snapshot", "nightly", "volume_id = novasphere_blockstorage_volume.data.id\n"+more)
	}
	volume := func(more string) string { return named("blockstorage_volume", "copy", more) }
	return []*faults.Noun{
		{Name: "snapshot", Base: data, Create: snapshot("metadata = { keep = \"7d\" }"),
			Update: snapshot("description = \"of the shop\"\nmetadata = { keep = \"14d\" }")},
		{Name: "volume of a snapshot", Base: taken, Create: volume("size = 2\nsnapshot_id = novasphere_blockstorage_snapshot.s.id")},
		{Name: "volume of an image", Base: image, Create: volume("size = 3\nvolume_type = \"vSAN Default Storage Policy\"\nimage_id = " +
			"data.novasphere_images_image.debian.id")},
	}
}
