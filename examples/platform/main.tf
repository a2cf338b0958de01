# The platform team's half: a cluster of ESX hosts, where nothing was.
terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

variable "cluster" {
  description = "The name of the cluster to make."
  type        = string
  default     = "gold"
}

variable "hosts" {
  description = "The ESX hosts."
  type        = set(string)
  default     = ["esx-gold-1", "esx-gold-2", "esx-gold-3", "esx-gold-4"]
}

variable "password" {
  description = "The password of root on the hosts. The default is the one of simulated hosts."
  type        = string
  sensitive   = true
  default     = "ESX1!root"
}

variable "maintenance" {
  description = "The hosts that are in maintenance, and why."
  type        = map(string)
  default     = {}
}

# The catalogue of the datacenter lives in this cluster.
provider "novasphere" {
  cluster = var.cluster
}

resource "novasphere_compute_cluster" "gold" {
  name       = var.cluster
  ha_enabled = true
}

resource "novasphere_compute_node" "esx" {
  for_each = var.hosts

  hostname            = each.key
  password_wo         = var.password
  password_wo_version = 1
  trust_on_first_use  = true # or the thumbprint of each
  cluster             = novasphere_compute_cluster.gold.name

  status          = contains(keys(var.maintenance), each.key) ? "disabled" : "enabled"
  disabled_reason = lookup(var.maintenance, each.key, null)

  distributed_switch {
    switch   = "dvs-1"
    adapters = ["vmnic1"]
  }
}

# Flavors choose these hosts by aggregate_instance_extra_specs:tier = "gold".
resource "novasphere_compute_aggregate" "gold" {
  name     = "gold"
  metadata = { tier = "gold" }
  hosts    = [for node in novasphere_compute_node.esx : node.id]
}
