data "novasphere_blockstorage_availability_zones" "all" {
  state = "available"
}

output "zones_of_volumes" {
  value = data.novasphere_blockstorage_availability_zones.all.names
}
