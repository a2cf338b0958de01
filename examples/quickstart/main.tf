terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

# VSPHERE_SERVER, VSPHERE_USER and VSPHERE_PASSWORD come from the environment.
provider "novasphere" {}

resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 2
  ram   = 4096
  disk  = 20

  extra_specs = {
    "quota:cpu_reservation" = "1000"
  }
}

data "novasphere_images_image" "debian" {
  name = "debian-12"
}

data "novasphere_networking_network" "public" {
  name = "public"
}

resource "novasphere_compute_keypair" "ops" {
  name       = "ops"
  public_key = file("${path.module}/ops.pub")
}

resource "novasphere_compute_instance" "web" {
  count = 3

  name        = "web-${count.index}"
  flavor_name = novasphere_compute_flavor.small.name
  image_id    = data.novasphere_images_image.debian.id
  key_pair    = novasphere_compute_keypair.ops.name
  user_data   = file("${path.module}/cloud-init.yaml")

  metadata = {
    role = "web"
  }

  network {
    uuid = data.novasphere_networking_network.public.id
  }
}

output "addresses" {
  description = "The IPv4 address of each instance."
  value       = { for web in novasphere_compute_instance.web : web.name => web.access_ip_v4 }
}

output "flavors" {
  description = "The flavor of each instance."
  value       = { for web in novasphere_compute_instance.web : web.name => web.flavor_name }
}

output "images" {
  description = "The image of each instance."
  value       = { for web in novasphere_compute_instance.web : web.name => web.image_name }
}
