data "novasphere_networking_network" "public" {
  name = "public"
}

resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 2048
  disk  = 20
}

resource "novasphere_compute_instance" "db" {
  name        = "db-0"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"

  network {
    uuid = data.novasphere_networking_network.public.id
  }
}

resource "novasphere_blockstorage_volume" "data" {
  name = "data"
  size = 20
}

# Attached while the instance runs, and taken off before it is destroyed: the
# volume outlives it.
resource "novasphere_compute_volume_attach" "data" {
  instance_id = novasphere_compute_instance.db.id
  volume_id   = novasphere_blockstorage_volume.data.id
}

# Where the guest finds the disk, whatever letter it gives it.
output "data_disk" {
  value = novasphere_compute_volume_attach.data.disk_by_id
}
