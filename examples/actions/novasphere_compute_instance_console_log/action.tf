resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "web" {
  name        = "web-0"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
}

# terraform apply -invoke=action.novasphere_compute_instance_console_log.web
# The instance's serial port must write to a file on a datastore.
action "novasphere_compute_instance_console_log" "web" {
  config {
    instance_id = novasphere_compute_instance.web.id
    length      = 50
  }
}
