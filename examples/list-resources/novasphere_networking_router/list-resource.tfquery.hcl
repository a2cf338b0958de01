# terraform query -generate-config-out=routers.tf
list "novasphere_networking_router" "routers" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "edge"
  }
}
