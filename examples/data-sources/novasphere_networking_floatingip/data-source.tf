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

resource "novasphere_networking_floatingip" "web" {
  pool       = novasphere_networking_network.outside.name
  address    = "203.0.113.10"
  depends_on = [novasphere_networking_subnet.outside]
}

data "novasphere_networking_floatingip" "web" {
  address    = "203.0.113.10"
  depends_on = [novasphere_networking_floatingip.web]
}

output "floating_ip" {
  description = "The floating IP's id."
  value       = data.novasphere_networking_floatingip.web.id
}
