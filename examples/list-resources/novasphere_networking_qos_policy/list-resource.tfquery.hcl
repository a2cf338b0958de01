# terraform query -generate-config-out=policies.tf
list "novasphere_networking_qos_policy" "policies" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "guests"
  }
}
