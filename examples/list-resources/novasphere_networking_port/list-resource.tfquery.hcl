# terraform query -generate-config-out=ports.tf
list "novasphere_networking_port" "ports" {
  provider = novasphere
  limit    = 1000

  config {
    status = "ACTIVE"
  }
}
