# Every network that this provider made.
data "novasphere_networking_networks" "ours" {
  managed = true
}

output "networks" {
  value = data.novasphere_networking_networks.ours.names
}
