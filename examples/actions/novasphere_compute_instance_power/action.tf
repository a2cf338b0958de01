resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "batch" {
  name        = "batch-0"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
}

# In the evening: terraform apply -invoke=action.novasphere_compute_instance_power.night
# The next plan starts it again, because power_state of the instance is active.
action "novasphere_compute_instance_power" "night" {
  config {
    instance_id      = novasphere_compute_instance.batch.id
    state            = "shutoff"
    graceful_timeout = 300
  }
}
