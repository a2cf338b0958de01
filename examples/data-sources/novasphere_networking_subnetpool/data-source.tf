resource "novasphere_networking_subnetpool" "inside" {
  name     = "inside"
  prefixes = ["10.0.0.0/16"]
}

data "novasphere_networking_subnetpool" "inside" {
  name = novasphere_networking_subnetpool.inside.name
}

output "pool" {
  description = "The id of the pool."
  value       = data.novasphere_networking_subnetpool.inside.id
}
