# terraform query -generate-config-out=networks.tf
list "novasphere_networking_network" "networks" {
  provider = novasphere
  limit    = 1000

  config {
    managed = true
  }
}
