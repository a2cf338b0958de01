# On NSX groups are OpenStack's as they stand: answers pass by themselves.
provider "novasphere" {
  security_groups = "nsx"

  nsx {}
}

resource "novasphere_networking_secgroup" "shop" {
  name        = "example-shop"
  description = "The shop's web servers"
}

resource "novasphere_networking_secgroup_rule" "https" {
  security_group_id = novasphere_networking_secgroup.shop.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 443
  port_range_max    = 443
}
