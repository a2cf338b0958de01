# The tenant's half: networks, flavors, a server group and twelve instances in the zones that the platform team has made.
terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

variable "cluster" {
  description = "The cluster behind the zones."
  type        = string
  default     = "compute"
}

variable "image" {
  description = "The image of the instances."
  type        = string
  default     = "debian-12"
}

variable "flavor_specs" {
  description = "Extra specs of the flavor, for example aggregate_instance_extra_specs:tier = gold."
  type        = map(string)
  default     = {}
}

provider "novasphere" {
  project = "tenant"

  availability_zone {
    name       = "az1"
    cluster    = var.cluster
    datastores = ["vmfs-1"]
    switch     = "dvs-1"
  }

  availability_zone {
    name       = "az2"
    cluster    = var.cluster
    datastores = ["vmfs-2"]
    switch     = "dvs-1"
  }
}

locals {
  instances = { for i in range(12) : "app-${i}" => i % 2 == 0 ? "az1" : "az2" }
}

resource "novasphere_networking_network" "app" {
  name                    = "tenant-app"
  availability_zone_hints = ["az1", "az2"]

  segments {
    segmentation_id = 310
  }
}

resource "novasphere_networking_subnet" "app" {
  network_id = novasphere_networking_network.app.id
  cidr       = "10.50.0.0/24"
}

resource "novasphere_compute_flavor" "small" {
  name        = "tenant.small"
  vcpus       = 1
  ram         = 1024
  disk        = 20
  extra_specs = var.flavor_specs
}

resource "novasphere_compute_servergroup" "app" {
  name     = "app"
  policies = ["soft-anti-affinity"]
}

resource "novasphere_compute_instance" "app" {
  for_each = local.instances

  name              = each.key
  flavor_name       = novasphere_compute_flavor.small.name
  image_name        = var.image
  availability_zone = each.value

  network {
    uuid = novasphere_networking_subnet.app.network_id
  }

  scheduler_hints {
    group = novasphere_compute_servergroup.app.id
  }
}

output "zones" {
  description = "The zone of each instance."
  value       = { for name, app in novasphere_compute_instance.app : name => app.availability_zone }
}
