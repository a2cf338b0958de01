# The gateway of these VLANs is a physical one; routers and floating IPs are
# its records.
provider "novasphere" {
  routers = "physical"
}

resource "novasphere_networking_network" "outside" {
  name     = "example-outside"
  external = true

  segments {
    segmentation_id = 110
  }
}

resource "novasphere_networking_subnet" "outside" {
  network_id = novasphere_networking_network.outside.id
  cidr       = "203.0.113.0/28"
}

# The address may be left out, and is then one of the subnet's pool.
resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.outside.id

  external_fixed_ip {
    subnet_id  = novasphere_networking_subnet.outside.id
    ip_address = "203.0.113.2"
  }
}

output "external_addresses" {
  description = "The router's addresses on the external network."
  value       = novasphere_networking_router.edge.external_addresses
}
