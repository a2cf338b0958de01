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
