resource "novasphere_networking_network" "app" {
  name = "app-ports"
  segments { segmentation_id = 120 }
}

# The ports keep their addresses when they are made anew, and so the guests their leases.
resource "novasphere_networking_port" "db" {
  count       = 2
  name        = "db-${count.index}"
  network_id  = novasphere_networking_network.app.id
  mac_address = provider::novasphere::mac("shop/db/${count.index}")
}
