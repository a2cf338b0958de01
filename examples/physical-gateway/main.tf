# A web server behind a physical gateway that runs Linux: what the gateway has
# to do comes out as a batch for ip(8) and a ruleset for nft(8).
terraform {
  required_version = ">= 1.5"

  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

provider "novasphere" {
  routers         = "physical"
  security_groups = "physical"
}

variable "nics" {
  description = "The gateway's card on each distributed switch, by the switch's name."
  type        = map(string)
  default     = { dvs-1 = "eth1" }
}

variable "published" {
  description = "The fixed addresses of the servers that get a floating IP, by their names."
  type        = map(string)
  default     = { web-1 = "10.20.0.11" }
}

resource "novasphere_networking_network" "outside" {
  name     = "outside"
  external = true

  segments {
    segmentation_id = 110
  }
}

resource "novasphere_networking_subnet" "outside" {
  network_id = novasphere_networking_network.outside.id
  cidr       = "203.0.113.0/28"
}

resource "novasphere_networking_network" "web" {
  name = "web"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_subnet" "web" {
  network_id      = novasphere_networking_network.web.id
  cidr            = "10.20.0.0/24"
  dns_nameservers = ["10.20.0.2"]
}

resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.outside.id

  external_fixed_ip {
    subnet_id  = novasphere_networking_subnet.outside.id
    ip_address = "203.0.113.2"
  }
}

resource "novasphere_networking_router_interface" "web" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.web.id
}

resource "novasphere_networking_router_route" "lab" {
  router_id        = novasphere_networking_router_interface.web.router_id
  destination_cidr = "10.40.0.0/16"
  next_hop         = "10.20.0.253"
}

resource "novasphere_networking_secgroup" "web" {
  name = "web"
}

resource "novasphere_networking_secgroup_rule" "https" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 443
  port_range_max    = 443
}

resource "novasphere_networking_secgroup_rule" "ssh" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 22
  port_range_max    = 22
  remote_ip_prefix  = "198.51.100.0/24"
}

resource "novasphere_networking_secgroup_rule" "ping" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "icmp"
  port_range_min    = 8
  port_range_max    = 0
  remote_group_id   = novasphere_networking_secgroup.web.id
}

resource "novasphere_networking_port" "web" {
  for_each = var.published

  name               = each.key
  network_id         = novasphere_networking_network.web.id
  security_group_ids = [novasphere_networking_secgroup.web.id]

  fixed_ip {
    subnet_id  = novasphere_networking_subnet.web.id
    ip_address = each.value
  }
}

resource "novasphere_networking_port" "build" {
  name               = "build"
  network_id         = novasphere_networking_network.web.id
  security_group_ids = [novasphere_networking_secgroup.web.id]

  fixed_ip {
    subnet_id  = novasphere_networking_subnet.web.id
    ip_address = "10.20.0.20"
  }
}

resource "novasphere_networking_floatingip" "web" {
  for_each = var.published

  pool       = novasphere_networking_network.outside.name
  port_id    = novasphere_networking_port.web[each.key].id
  depends_on = [novasphere_networking_router_interface.web, novasphere_networking_subnet.outside]
}

resource "novasphere_networking_floatingip" "shared" {
  pool       = novasphere_networking_network.outside.name
  address    = "203.0.113.14"
  depends_on = [novasphere_networking_router_interface.web, novasphere_networking_subnet.outside]
}

resource "novasphere_networking_portforwarding" "build" {
  floatingip_id       = novasphere_networking_floatingip.shared.id
  protocol            = "tcp"
  external_port       = 2222
  internal_port_id    = novasphere_networking_port.build.id
  internal_ip_address = "10.20.0.20"
  internal_port       = 22
}

# All that the gateway has to do. Whatever it is to show is in depends_on:
# after one apply it shows all of them.
data "novasphere_networking_gateway_intent" "edge" {
  router_id = novasphere_networking_router.edge.id

  depends_on = [
    novasphere_networking_router_interface.web,
    novasphere_networking_router_route.lab,
    novasphere_networking_floatingip.web,
    novasphere_networking_floatingip.shared,
    novasphere_networking_portforwarding.build,
    novasphere_networking_secgroup_rule.https,
    novasphere_networking_secgroup_rule.ssh,
    novasphere_networking_secgroup_rule.ping,
    novasphere_networking_port.web,
    novasphere_networking_port.build,
  ]
}

locals {
  intent = data.novasphere_networking_gateway_intent.edge

  # The gateway's device in each network, by the network's id: a card, or a
  # VLAN interface on it.
  devices = { for n in distinct([
    for i in concat(local.intent.interfaces, local.intent.external_network[*]) : {
      id   = i.network_id
      name = i.segmentation_id == 0 ? var.nics[i.physical_network] : "${var.nics[i.physical_network]}.${i.segmentation_id}"
    }
  ]) : n.id => n.name }
}

# Stands for whatever brings a file to the gateway: a local_file, an object in
# a bucket that the gateway fetches, a provisioner.
resource "terraform_data" "gateway" {
  input = {
    links   = templatefile("${path.module}/gateway.ip.tftpl", { intent = local.intent, devices = local.devices, nics = var.nics })
    ruleset = templatefile("${path.module}/gateway.nft.tftpl", { intent = local.intent, devices = local.devices })
  }
}

output "links" {
  description = "For `ip -force -batch`: VLAN interfaces, addresses and routes."
  value       = terraform_data.gateway.output.links
}

output "ruleset" {
  description = "For `nft -f`: what is translated, and what may pass."
  value       = terraform_data.gateway.output.ruleset
}
