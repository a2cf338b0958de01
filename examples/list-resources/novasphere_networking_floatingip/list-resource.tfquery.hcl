# terraform query -generate-config-out=addresses.tf
list "novasphere_networking_floatingip" "addresses" {
  provider = novasphere
  limit    = 1000

  config {
    tags = ["shop"]
  }
}
