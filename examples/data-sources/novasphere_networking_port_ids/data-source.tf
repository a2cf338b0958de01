data "novasphere_networking_port_ids" "instances" {
  device_owner = "compute:nova"
  sort_key     = "name"
}

output "ports" {
  value = data.novasphere_networking_port_ids.instances.ids
}
