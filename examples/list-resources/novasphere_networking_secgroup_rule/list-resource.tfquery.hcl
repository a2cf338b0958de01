# terraform query -generate-config-out=rules.tf
list "novasphere_networking_secgroup_rule" "rules" {
  provider = novasphere
  limit    = 1000

  config {
    direction = "ingress"
  }
}
