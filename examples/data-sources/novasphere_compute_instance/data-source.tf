resource "novasphere_compute_flavor" "small" {
  name  = "m1.cache"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "cache" {
  name        = "cache-0"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"

  network {
    name = "private"
  }
}

# Usually made elsewhere, by another configuration: then its name or its id is all that is needed.
data "novasphere_compute_instance" "cache" {
  name = novasphere_compute_instance.cache.name
}

output "cache_address" {
  value = data.novasphere_compute_instance.cache.access_ip_v4
}
