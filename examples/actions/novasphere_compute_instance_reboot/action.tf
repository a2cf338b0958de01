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
  metadata = {
    role = "web"
  }
}

# Whenever the metadata changes, the guest is restarted. The trigger is a resource of its own: an action that names the very resource that
# triggers it is a cycle for some versions of Terraform.
resource "terraform_data" "metadata" {
  input = novasphere_compute_instance.web.metadata

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.novasphere_compute_instance_reboot.web]
    }
  }
}

# By hand: terraform apply -invoke=action.novasphere_compute_instance_reboot.web
action "novasphere_compute_instance_reboot" "web" {
  config {
    instance_id      = novasphere_compute_instance.web.id
    type             = "soft"
    graceful_timeout = 120
  }
}
