# terraform query -generate-config-out=groups.tf
list "novasphere_compute_servergroup" "groups" {
  provider = novasphere
  limit    = 1000

  config {
    policy = "anti-affinity"
  }
}
