provider "novasphere" {
  availability_zone {
    name    = "az1"
    cluster = "compute"
  }
}

data "novasphere_compute_availability_zones" "all" {}

output "zones" {
  description = "The names of the availability zones."
  value       = data.novasphere_compute_availability_zones.all.names
}
