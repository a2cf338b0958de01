# terraform query -generate-config-out=scopes.tf
list "novasphere_networking_addressscope" "scopes" {
  provider = novasphere
  limit    = 1000

  config {
    ip_version = 4
  }
}
