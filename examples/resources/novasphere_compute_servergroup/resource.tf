data "novasphere_images_image" "ubuntu" {
  name        = "ubuntu-24.04"
  most_recent = true
}

resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 2048
  disk  = 20
}

resource "novasphere_compute_servergroup" "web" {
  name     = "web"
  policies = ["anti-affinity"]
}

# No two of them run on the same ESX host.
resource "novasphere_compute_instance" "web" {
  count       = 3
  name        = "web-${count.index}"
  flavor_name = novasphere_compute_flavor.small.name
  image_id    = data.novasphere_images_image.ubuntu.id

  scheduler_hints {
    group = novasphere_compute_servergroup.web.id
  }
}
