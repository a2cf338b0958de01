data "novasphere_networking_network" "private" {
  name = "private"
}

output "network" {
  value = data.novasphere_networking_network.private.id
}
