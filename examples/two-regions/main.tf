terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

variable "east" {
  description = "The vCenter of the region east: a host name, or host:port."
  type        = string
}

variable "west" {
  description = "The vCenter of the region west."
  type        = string
}

# VSPHERE_USER and VSPHERE_PASSWORD come from the environment: the account is the same in both.
provider "novasphere" {
  security_groups = "none"

  region {
    name           = "east"
    vsphere_server = var.east
  }

  region {
    name           = "west"
    vsphere_server = var.west
    folder         = "OpenStack/west"
  }
}

locals {
  regions = toset(["east", "west"])
}

resource "novasphere_compute_flavor" "small" {
  for_each = local.regions
  region   = each.key

  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_networking_network" "app" {
  for_each = local.regions
  region   = each.key

  name = "app"

  segments {
    segmentation_id = 120
  }
}

data "novasphere_images_image" "debian" {
  for_each = local.regions
  region   = each.key

  name = "debian-12"
}

resource "novasphere_compute_instance" "web" {
  for_each = local.regions
  region   = each.key

  name      = "web-${each.key}"
  flavor_id = novasphere_compute_flavor.small[each.key].id
  image_id  = data.novasphere_images_image.debian[each.key].id

  network {
    uuid = novasphere_networking_network.app[each.key].id
  }
}

output "web" {
  description = "The id of each region's instance."
  value       = { for region, instance in novasphere_compute_instance.web : region => instance.id }
}
