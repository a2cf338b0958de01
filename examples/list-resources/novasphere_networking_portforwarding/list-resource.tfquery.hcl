# terraform query -generate-config-out=forwardings.tf
list "novasphere_networking_portforwarding" "forwardings" {
  provider = novasphere
  limit    = 1000
}
