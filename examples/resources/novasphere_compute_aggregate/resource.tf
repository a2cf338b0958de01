data "novasphere_images_image" "ubuntu" {
  name        = "ubuntu-24.04"
  most_recent = true
}

resource "novasphere_compute_aggregate" "ssd" {
  name = "ssd"

  metadata = {
    disk = "ssd"
  }

  hosts = ["esx-1", "esx-2"]
}

# The reference to the metadata has the aggregate made before the flavor's instances.
resource "novasphere_compute_flavor" "fast" {
  name  = "m1.fast"
  vcpus = 2
  ram   = 4096
  disk  = 40

  extra_specs = {
    "aggregate_instance_extra_specs:disk" = novasphere_compute_aggregate.ssd.metadata["disk"]
  }
}

resource "novasphere_compute_instance" "db" {
  name        = "db"
  flavor_name = novasphere_compute_flavor.fast.name
  image_id    = data.novasphere_images_image.ubuntu.id
}
