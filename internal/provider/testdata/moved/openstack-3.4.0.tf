terraform {
  required_providers {
    openstack = { source = "terraform-provider-openstack/openstack" }
  }
}
provider "openstack" {}

resource "openstack_compute_flavor_v2" "small" {
  name        = "t2.small"
  description = "two CPUs"
  vcpus       = 2
  ram         = 2048
  disk        = 20
  is_public   = true
  extra_specs = { "quota:cpu_shares_level" = "high" }
}

resource "openstack_compute_flavor_v2" "plain" {
  name  = "t1.plain"
  vcpus = 1
  ram   = 1024
  disk  = 10
}

resource "openstack_compute_keypair_v2" "given" {
  name       = "given"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfBHPoLnuZB4dBGhPUvNgYbSGxGUnk7yoSHt5gBRyB demo"
}

resource "openstack_networking_network_v2" "web" {
  name           = "DC0_DVPG_web"
  description    = "web servers"
  admin_state_up = true
  tags           = ["prod"]
}

resource "openstack_networking_network_v2" "plain" {
  name = "DC0_DVPG_plain"
}

resource "openstack_networking_subnet_v2" "web" {
  name            = "web-v4"
  network_id      = openstack_networking_network_v2.web.id
  cidr            = "192.168.10.0/24"
  ip_version      = 4
  dns_nameservers = ["192.168.10.2"]
  allocation_pool {
    start = "192.168.10.100"
    end   = "192.168.10.199"
  }
}

resource "openstack_networking_subnet_v2" "plain" {
  network_id = openstack_networking_network_v2.plain.id
  cidr       = "192.168.20.0/24"
}

resource "openstack_networking_subnet_v2" "closed" {
  name        = "closed"
  network_id  = openstack_networking_network_v2.plain.id
  cidr        = "192.168.30.0/24"
  no_gateway  = true
  enable_dhcp = false
}

resource "openstack_networking_secgroup_v2" "web" {
  name                 = "web"
  description          = "what reaches web servers"
  delete_default_rules = true
}

resource "openstack_networking_secgroup_v2" "plain" {
  name = "plain"
}

resource "openstack_networking_secgroup_rule_v2" "https" {
  security_group_id = openstack_networking_secgroup_v2.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 443
  port_range_max    = 443
  remote_ip_prefix  = "0.0.0.0/0"
}

resource "openstack_networking_secgroup_rule_v2" "peers" {
  security_group_id = openstack_networking_secgroup_v2.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  remote_group_id   = openstack_networking_secgroup_v2.web.id
}

resource "openstack_networking_port_v2" "web" {
  name               = "web-port"
  network_id         = openstack_networking_network_v2.web.id
  admin_state_up     = true
  security_group_ids = [openstack_networking_secgroup_v2.web.id]
  fixed_ip {
    subnet_id  = openstack_networking_subnet_v2.web.id
    ip_address = "192.168.10.150"
  }
  allowed_address_pairs {
    ip_address = "192.168.10.200"
  }
}

resource "openstack_networking_port_v2" "plain" {
  network_id = openstack_networking_network_v2.plain.id
  depends_on = [openstack_networking_subnet_v2.plain]
}

data "openstack_images_image_v2" "debian" {
  name = "debian-12-vmdk"
}

resource "openstack_compute_instance_v2" "web" {
  name            = "web"
  image_id        = data.openstack_images_image_v2.debian.id
  flavor_id       = openstack_compute_flavor_v2.small.id
  key_pair        = openstack_compute_keypair_v2.given.name
  security_groups = [openstack_networking_secgroup_v2.web.name]
  user_data       = "#cloud-config\nhostname: web\n"
  metadata        = { tier = "web" }
  tags            = ["prod"]
  config_drive    = true
  network {
    port = openstack_networking_port_v2.web.id
  }
}

resource "openstack_compute_instance_v2" "plain" {
  name        = "plain"
  image_name  = "debian-12-vmdk"
  flavor_name = "m1.tiny"
  network {
    uuid = openstack_networking_network_v2.plain.id
  }
  depends_on = [openstack_networking_subnet_v2.plain]
}

resource "openstack_compute_keypair_v2" "made" {
  name = "made"
}
