# terraform query -generate-config-out=groups.tf
list "novasphere_networking_address_group" "groups" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "office"
  }
}
