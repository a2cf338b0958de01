# On NSX, with NSXT_MANAGER_HOST, NSXT_USERNAME and NSXT_PASSWORD in the environment.
provider "novasphere" {
  routers = "nsx"

  nsx {}
}

# An overlay: no VLAN is needed.
resource "novasphere_networking_network" "app" {
  name = "example-app"
}

# The way out: a tier-0 gateway that the operator has prepared.
resource "novasphere_networking_network" "internet" {
  name     = "example-internet"
  external = true

  segments {
    physical_network = "tier-0"
  }
}
