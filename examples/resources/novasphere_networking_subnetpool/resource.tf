resource "novasphere_networking_subnetpool" "inside" {
  name              = "inside"
  prefixes          = ["10.0.0.0/16"]
  min_prefixlen     = 20
  default_prefixlen = 24
}

resource "novasphere_networking_network" "web" {
  name = "example-web"
  segments { segmentation_id = 120 }
}

# A free range of 24 bits.
resource "novasphere_networking_subnet" "web" {
  network_id    = novasphere_networking_network.web.id
  subnetpool_id = novasphere_networking_subnetpool.inside.id
}

# A free range of another length.
resource "novasphere_networking_subnet" "more" {
  network_id    = novasphere_networking_network.web.id
  subnetpool_id = novasphere_networking_subnetpool.inside.id
  prefix_length = 26
}

output "range" {
  description = "The range that was cut for the web servers."
  value       = novasphere_networking_subnet.web.cidr
}
