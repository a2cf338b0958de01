resource "novasphere_compute_flavor" "small" {
  name  = "m1.backend"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "backend" {
  count       = 2
  name        = "backend-${count.index}"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"

  metadata = {
    role = "backend"
  }

  network {
    name = "private"
  }
}

# Every backend of the project, whichever configuration made it.
data "novasphere_compute_instances" "backends" {
  name_regex = "^backend-"

  metadata = {
    role = "backend"
  }

  depends_on = [novasphere_compute_instance.backend]
}

output "backends" {
  value = {
    for instance in data.novasphere_compute_instances.backends.instances : instance.name => instance.access_ip_v4
  }
}

# What takes them over in another configuration: an import block and a resource block for each.
# terraform output -raw configuration > taken-over.tf
output "configuration" {
  value     = data.novasphere_compute_instances.backends.configuration
  sensitive = true
}
