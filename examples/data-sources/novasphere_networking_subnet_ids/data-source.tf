data "novasphere_networking_subnet_ids" "six" {
  ip_version = 6
}

output "subnets" {
  value = data.novasphere_networking_subnet_ids.six.ids
}
