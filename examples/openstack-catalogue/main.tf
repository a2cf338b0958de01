# Every flavor of an OpenStack cloud, copied into the vCenter's catalogue. A later plan shows what has changed in OpenStack since.
terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

variable "cloud" {
  description = "The cloud's name in clouds.yaml. Unset: what the environment (OS_*) says."
  type        = string
  default     = null
}

variable "passed_over" {
  description = "Beginnings of extra specs that are not copied: they speak to KVM alone."
  type        = list(string)
  default     = ["trait:", "hw:cpu_thread_policy"]
}

provider "novasphere" {
  openstack {
    cloud = var.cloud
  }
}

data "novasphere_compute_flavors" "openstack" {
  source = "openstack"
}

resource "novasphere_compute_flavor" "copy" {
  for_each = { for flavor in data.novasphere_compute_flavors.openstack.flavors : flavor.name => flavor }

  name         = each.value.name
  flavor_id    = each.value.id
  description  = each.value.description
  vcpus        = each.value.vcpus
  ram          = each.value.ram
  disk         = each.value.disk
  ephemeral    = each.value.ephemeral
  swap         = each.value.swap
  rx_tx_factor = each.value.rx_tx_factor
  is_public    = each.value.is_public

  extra_specs = {
    for key, value in each.value.extra_specs : key => value
    if !anytrue([for beginning in var.passed_over : startswith(key, beginning)])
  }
}
