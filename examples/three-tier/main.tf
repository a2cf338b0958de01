terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

# VSPHERE_SERVER, VSPHERE_USER and VSPHERE_PASSWORD come from the environment.
provider "novasphere" {
  security_groups = "dvs"
}

locals {
  image = "debian-12"

  # network => VLAN and addresses
  networks = {
    front = { vlan = 210, cidr = "10.42.0.0/24" }
    back  = { vlan = 211, cidr = "10.42.1.0/24" }
  }

  # instance => its tier, its network, and its address where it must be known beforehand
  instances = merge(
    { for i in range(4) : "web-${i}" => { tier = "web", network = "front", address = null } },
    { for i in range(4) : "app-${i}" => { tier = "app", network = "back", address = null } },
    { for i in range(2) : "db-${i}" => { tier = "db", network = "back", address = "10.42.1.${10 + i}" } },
  )

  # who may ask whom: tier, protocol, port, and the tier or the addresses that may
  questions = {
    https = { tier = "web", port = 443, from = "anybody" }
    api   = { tier = "app", port = 8080, from = "web" }
    sql   = { tier = "db", port = 5432, from = "app" }
    sync  = { tier = "db", port = 5433, from = "db" }
  }
}

resource "novasphere_networking_network" "net" {
  for_each = local.networks

  name = "three-tier-${each.key}"
  tags = ["three-tier"]

  segments {
    segmentation_id = each.value.vlan
  }
}

resource "novasphere_networking_subnet" "net" {
  for_each = local.networks

  name            = each.key
  network_id      = novasphere_networking_network.net[each.key].id
  cidr            = each.value.cidr
  dns_nameservers = ["192.0.2.53"]

  # whoever asks for no address gets one of these; the others are for those that ask
  allocation_pool {
    start = cidrhost(each.value.cidr, 100)
    end   = cidrhost(each.value.cidr, 250)
  }
}

resource "novasphere_networking_secgroup" "tier" {
  for_each = toset(["web", "app", "db"])

  name                 = "three-tier-${each.key}"
  description          = "What may reach the ${each.key} tier"
  stateful             = false # the distributed switch knows no connections
  delete_default_rules = true
}

resource "novasphere_networking_secgroup_rule" "question" {
  for_each = local.questions

  security_group_id = novasphere_networking_secgroup.tier[each.value.tier].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = each.value.port
  port_range_max    = each.value.port
  remote_group_id   = each.value.from == "anybody" ? null : novasphere_networking_secgroup.tier[each.value.from].id
}

# The tiers ask each other and answer: everything of tcp may leave.
resource "novasphere_networking_secgroup_rule" "leave" {
  for_each = novasphere_networking_secgroup.tier

  security_group_id = each.value.id
  direction         = "egress"
  ethertype         = "IPv4"
  protocol          = "tcp"
}

# The answers to whom a tier asks, from the port that was asked.
resource "novasphere_networking_secgroup_rule" "answer" {
  for_each = { for name, q in local.questions : name => q if q.from != "anybody" }

  security_group_id = novasphere_networking_secgroup.tier[each.value.from].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 32768
  port_range_max    = 60999
  remote_group_id   = novasphere_networking_secgroup.tier[each.value.tier].id
}

resource "novasphere_networking_port" "instance" {
  for_each = local.instances

  name               = each.key
  network_id         = novasphere_networking_network.net[each.value.network].id
  security_group_ids = [novasphere_networking_secgroup.tier[each.value.tier].id]

  fixed_ip {
    subnet_id  = novasphere_networking_subnet.net[each.value.network].id
    ip_address = each.value.address
  }
}

resource "novasphere_compute_flavor" "small" {
  name  = "three-tier.small"
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

output "addresses" {
  description = "The address of each instance."
  value       = { for name, port in novasphere_networking_port.instance : name => port.all_fixed_ips[0] }
}
