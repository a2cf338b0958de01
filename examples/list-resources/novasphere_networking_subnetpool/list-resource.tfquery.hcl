# terraform query -generate-config-out=pools.tf
list "novasphere_networking_subnetpool" "pools" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "inside"
  }
}
