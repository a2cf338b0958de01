# terraform query -generate-config-out=pairs.tf
list "novasphere_compute_keypair" "pairs" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "^ops"
  }
}
