# The ESX hosts of a cluster that was there before:
#   terraform query -generate-config-out=hosts.tf
list "novasphere_compute_node" "hosts" {
  provider = novasphere
  limit    = 1000

  config {
    cluster = "compute"
  }
}
