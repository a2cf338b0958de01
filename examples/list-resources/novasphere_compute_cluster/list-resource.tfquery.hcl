# terraform query -generate-config-out=clusters.tf
list "novasphere_compute_cluster" "clusters" {
  provider = novasphere

  config {
    name_regex = "^compute"
  }
}
