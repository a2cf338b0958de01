# The gateway of these VLANs is a physical one; the router is its record.
provider "novasphere" {
  routers = "physical"
}

resource "novasphere_networking_router" "edge" {
  name = "example-edge"
}

data "novasphere_networking_router" "edge" {
  name       = "example-edge"
  depends_on = [novasphere_networking_router.edge]
}

output "router" {
  value = data.novasphere_networking_router.edge.id
}
