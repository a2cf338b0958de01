provider "novasphere" {
  security_groups = "dvs"
}

resource "novasphere_networking_network" "web" {
  name = "example-associate"

  segments {
    segmentation_id = 121
  }
}

resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.21.0.0/24"
}

# Its security groups are somebody else's to give.
resource "novasphere_networking_port" "web" {
  network_id = novasphere_networking_network.web.id

  fixed_ip {
    subnet_id = novasphere_networking_subnet.web.id
  }
}

resource "novasphere_networking_secgroup" "audit" {
  name     = "example-audit"
  stateful = false
}

resource "novasphere_networking_port_secgroup_associate" "audit" {
  port_id            = novasphere_networking_port.web.id
  security_group_ids = [novasphere_networking_secgroup.audit.id]
}
