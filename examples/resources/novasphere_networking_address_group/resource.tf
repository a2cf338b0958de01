provider "novasphere" {
  security_groups = "dvs"
}

resource "novasphere_networking_address_group" "office" {
  name      = "office"
  addresses = ["192.0.2.0/25", "198.51.100.0/24"]
}

resource "novasphere_networking_secgroup" "web" {
  name                 = "example-web"
  stateful             = false
  delete_default_rules = true
}

# A change of the addresses is in force at once, at every port that has the group.
resource "novasphere_networking_secgroup_rule" "ssh" {
  security_group_id       = novasphere_networking_secgroup.web.id
  direction               = "ingress"
  ethertype               = "IPv4"
  protocol                = "tcp"
  port_range_min          = 22
  port_range_max          = 22
  remote_address_group_id = novasphere_networking_address_group.office.id
}
