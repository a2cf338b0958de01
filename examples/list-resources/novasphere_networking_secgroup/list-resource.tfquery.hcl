# terraform query -generate-config-out=groups.tf
list "novasphere_networking_secgroup" "groups" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "web"
  }
}
