# terraform query -generate-config-out=trunks.tf
list "novasphere_networking_trunk" "trunks" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "firewall"
  }
}
