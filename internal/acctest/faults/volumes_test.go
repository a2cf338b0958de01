// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// volumesConfig is a format of a size, a description and the number by which attachments are shifted.
const volumesConfig = `
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 5
}
resource "novasphere_compute_instance" "i" {
  count       = 3
  name        = "i-${count.index}"
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = "debian-12"
}
resource "novasphere_compute_instance" "booted" {
  name        = "booted"
  flavor_name = novasphere_compute_flavor.f.name
  block_device {
    uuid                  = novasphere_blockstorage_volume.root.id
    source_type           = "volume"
    destination_type      = "volume"
    boot_index            = 0
    delete_on_termination = false
  }
}
data "novasphere_images_image" "debian" { name = "debian-12" }
resource "novasphere_blockstorage_volume" "root" {
  name     = "root"
  size     = 4
  image_id = data.novasphere_images_image.debian.id
}
resource "novasphere_blockstorage_volume" "v" {
  count                = 8
  name                 = "v-${count.index}"
  size                 = %[1]d
  description          = %[2]q
  enable_online_resize = true
}
resource "novasphere_compute_volume_attach" "a" {
  count       = 8
  volume_id   = novasphere_blockstorage_volume.v[count.index].id
  instance_id = novasphere_compute_instance.i[(count.index + %[3]d) %% 3].id
}
resource "novasphere_blockstorage_volume" "kept" {
  name = "kept"
  size = 1
}
resource "novasphere_blockstorage_snapshot" "s" {
  count       = 2
  volume_id   = novasphere_blockstorage_volume.kept.id
  name        = "s-${count.index}"
  description = %[2]q
}
resource "novasphere_blockstorage_volume" "restored" {
  count       = 2
  name        = "restored-${count.index}"
  size        = 1
  snapshot_id = novasphere_blockstorage_snapshot.s[count.index].id
}
resource "novasphere_blockstorage_volume" "copied" {
  name          = "copied"
  size          = 1
  source_vol_id = novasphere_blockstorage_volume.kept.id
}
`

// volumes is twenty-seven resources of block storage and what has them: volumes of every source, attached to three instances, a fourth
// that boots from one, and snapshots. The change grows volumes while they are attached elsewhere.
func volumes() *faults.Noun {
	return &faults.Noun{Name: "volumes", Strays: true, Prepare: othersDisks, Create: fmt.Sprintf(volumesConfig, 1, "first", 0),
		Update: fmt.Sprintf(volumesConfig, 2, "second", 1)}
}

// othersDisks makes disks that are nobody's, under names of the configuration. The inventories hold them, so that none may go.
func othersDisks(t testing.TB, vc *acctest.VCenter) {
	t.Helper()
	for _, name := range []string{"v-0", "kept", "root"} {
		vc.MakeDisk(name, 1024)
	}
}
