# The operator's half, applied once: the way out of NSX, a tier-0 gateway, and
# the addresses behind it that routers and floating IPs may have.
terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

# VSPHERE_*, NSXT_MANAGER_HOST, NSXT_USERNAME and NSXT_PASSWORD come from the
# environment.
provider "novasphere" {
  routers         = "nsx"
  security_groups = "nsx"

  nsx {}
}

resource "novasphere_networking_network" "internet" {
  name     = "internet"
  external = true

  segments {
    physical_network = "tier-0" # the name of the tier-0 gateway, its id or its path
  }
}

resource "novasphere_networking_subnet" "internet" {
  name       = "internet"
  network_id = novasphere_networking_network.internet.id
  cidr       = "203.0.113.0/24"

  # the others are the tier-0's own, and its neighbours'
  allocation_pool {
    start = "203.0.113.100"
    end   = "203.0.113.199"
  }
}
