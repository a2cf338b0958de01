# Web servers that the world may ask, databases that only these may ask, and a
# bastion, as one would write them for OpenStack. operator/ is applied before.
terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

# VSPHERE_*, NSXT_MANAGER_HOST, NSXT_USERNAME and NSXT_PASSWORD come from the
# environment.
provider "novasphere" {
  routers         = "nsx"
  security_groups = "nsx"

  nsx {}
}

locals {
  image = "debian-12"
  pool  = "internet"

  # tier => its addresses
  networks = {
    web = "10.60.0.0/24"
    db  = "10.60.1.0/24"
  }

  # instance => its tier's network and its groups
  instances = merge(
    { for i in range(6) : "web-${i}" => { network = "web", groups = ["web", "managed"] } },
    { for i in range(3) : "db-${i}" => { network = "db", groups = ["db", "managed"] } },
    { bastion = { network = "web", groups = ["bastion"] } },
  )

  # who may ask whom: group, port of tcp, and the group that may; null: the world
  questions = {
    http   = { group = "web", port = 80, from = null }
    https  = { group = "web", port = 443, from = null }
    sql    = { group = "db", port = 5432, from = "web" }
    sync   = { group = "db", port = 5433, from = "db" }
    ssh    = { group = "managed", port = 22, from = "bastion" }
    remote = { group = "bastion", port = 22, from = null }
  }
}

data "novasphere_networking_network" "internet" {
  name = local.pool
}

resource "novasphere_networking_network" "tier" {
  for_each = local.networks

  name = "three-tier-${each.key}"
  tags = ["three-tier"]
}

resource "novasphere_networking_subnet" "tier" {
  for_each = local.networks

  name            = "three-tier-${each.key}"
  network_id      = novasphere_networking_network.tier[each.key].id
  cidr            = each.value
  dns_nameservers = ["192.0.2.53"]
}

# Guests reach the world by the router's address, where they have none of their own.
resource "novasphere_networking_router" "edge" {
  name                = "three-tier"
  external_network_id = data.novasphere_networking_network.internet.id
  enable_snat         = true
}

resource "novasphere_networking_router_interface" "tier" {
  for_each = local.networks

  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.tier[each.key].id
}

# Groups are stateful: answers need no rule.
resource "novasphere_networking_secgroup" "group" {
  for_each = toset(["web", "db", "managed", "bastion"])

  name        = "three-tier-${each.key}"
  description = "What may reach ${each.key}"
}

resource "novasphere_networking_secgroup_rule" "question" {
  for_each = local.questions

  security_group_id = novasphere_networking_secgroup.group[each.value.group].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = each.value.port
  port_range_max    = each.value.port
  remote_group_id   = each.value.from == null ? null : novasphere_networking_secgroup.group[each.value.from].id
}

resource "novasphere_networking_port" "instance" {
  for_each = local.instances

  name               = each.key
  network_id         = novasphere_networking_network.tier[each.value.network].id
  security_group_ids = [for group in each.value.groups : novasphere_networking_secgroup.group[group].id]

  fixed_ip {
    subnet_id = novasphere_networking_subnet.tier[each.value.network].id
  }
}

resource "novasphere_compute_flavor" "small" {
  name  = "three-tier-nsx.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "instance" {
  for_each = local.instances

  name        = each.key
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = local.image

  network {
    port = novasphere_networking_port.instance[each.key].id
  }
}

# The first web server has an address of its own.
resource "novasphere_networking_floatingip" "site" {
  pool       = local.pool
  port_id    = novasphere_networking_port.instance["web-0"].id
  depends_on = [novasphere_networking_router_interface.tier]
}

# The bastion has one port of another.
resource "novasphere_networking_floatingip" "ssh" {
  pool = local.pool
}

resource "novasphere_networking_portforwarding" "ssh" {
  floatingip_id    = novasphere_networking_floatingip.ssh.id
  protocol         = "tcp"
  external_port    = 2222
  internal_port    = 22
  internal_port_id = novasphere_networking_port.instance["bastion"].id
  depends_on       = [novasphere_networking_router_interface.tier]
}

output "addresses" {
  description = "The address of each instance."
  value       = { for name, port in novasphere_networking_port.instance : name => port.all_fixed_ips[0] }
}

output "outside" {
  description = "The addresses that the world sees: the site's, that of the forwarding, and the router's."
  value = {
    site   = novasphere_networking_floatingip.site.address
    ssh    = novasphere_networking_floatingip.ssh.address
    router = novasphere_networking_router.edge.external_addresses[0]
  }
}
