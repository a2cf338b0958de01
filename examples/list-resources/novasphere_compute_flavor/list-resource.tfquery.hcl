# terraform query -generate-config-out=flavors.tf
list "novasphere_compute_flavor" "flavors" {
  provider = novasphere
  limit    = 1000

  config {
    min_ram = 4096
  }
}
