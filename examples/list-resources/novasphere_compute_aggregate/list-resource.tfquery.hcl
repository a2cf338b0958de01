# terraform query -generate-config-out=aggregates.tf
list "novasphere_compute_aggregate" "aggregates" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "ssd"
  }
}
