provider "novasphere" {
  security_groups = "dvs"
}

resource "novasphere_networking_secgroup" "web" {
  name                 = "example-rules"
  stateful             = false
  delete_default_rules = true
}

resource "novasphere_networking_secgroup_rule" "https" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 443
  port_range_max    = 443
}

# The answers: without connection state they need a rule of their own.
resource "novasphere_networking_secgroup_rule" "answers" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "egress"
  ethertype         = "IPv4"
  protocol          = "tcp"
}

# Its members among themselves.
resource "novasphere_networking_secgroup_rule" "gossip" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "udp"
  port_range_min    = 7946
  port_range_max    = 7946
  remote_group_id   = novasphere_networking_secgroup.web.id
}
