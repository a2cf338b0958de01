data "novasphere_images_image" "ubuntu" {
  name        = "ubuntu-24.04"
  most_recent = true
}

data "novasphere_networking_network" "private" {
  name = "private"
}

resource "novasphere_compute_flavor" "medium" {
  name  = "m1.medium"
  vcpus = 2
  ram   = 4096
  disk  = 40
}

resource "novasphere_compute_instance" "db" {
  name        = "db-0"
  flavor_name = novasphere_compute_flavor.medium.name
  image_id    = data.novasphere_images_image.ubuntu.id

  user_data = <<-EOT
    #cloud-config
    packages: [postgresql]
  EOT

  metadata = {
    role = "db"
  }

  network {
    uuid = data.novasphere_networking_network.private.id
  }
}

# An instance that boots from a volume: a copy of the image, which lives and dies with its own resource.
resource "novasphere_blockstorage_volume" "root" {
  name     = "web-root"
  size     = 10
  image_id = data.novasphere_images_image.ubuntu.id
}

resource "novasphere_compute_instance" "web" {
  name        = "web-0"
  flavor_name = novasphere_compute_flavor.medium.name

  block_device {
    source_type      = "volume"
    uuid             = novasphere_blockstorage_volume.root.id
    destination_type = "volume"
    boot_index       = 0
  }

  block_device {
    source_type           = "blank"
    destination_type      = "volume"
    volume_size           = 5
    boot_index            = -1
    delete_on_termination = true
  }

  network {
    uuid = data.novasphere_networking_network.private.id
  }
}
