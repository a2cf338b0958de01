# terraform query -generate-config-out=subnets.tf
list "novasphere_networking_subnet" "subnets" {
  provider = novasphere
  limit    = 1000

  config {
    cidr = "10.20.0.0/24"
  }
}
