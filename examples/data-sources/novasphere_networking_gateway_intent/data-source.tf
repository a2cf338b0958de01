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

resource "novasphere_networking_network" "web" {
  name = "example-web"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}

resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.outside.id
  depends_on          = [novasphere_networking_subnet.outside]
}

resource "novasphere_networking_router_interface" "web" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.web.id
}

data "novasphere_networking_gateway_intent" "edge" {
  router_id  = novasphere_networking_router.edge.id
  depends_on = [novasphere_networking_router_interface.web]
}

output "interfaces" {
  description = "The VLANs in which the gateway has to have an address."
  value       = { for i in data.novasphere_networking_gateway_intent.edge.interfaces : i.segmentation_id => "${i.ip_address}/${i.prefix_length}" }
}
