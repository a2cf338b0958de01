resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "db" {
  name        = "db-0"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
}

# terraform apply -invoke=action.novasphere_compute_instance_live_migrate.elsewhere
action "novasphere_compute_instance_live_migrate" "elsewhere" {
  config {
    instance_id = novasphere_compute_instance.db.id
  }
}
