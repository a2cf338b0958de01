# Needs Terraform 1.14 or later: terraform apply -invoke=action.novasphere_compute_instance_unshelve.web
resource "novasphere_compute_instance" "web" {
  name        = "web"
  flavor_name = "m1.small"
  image_name  = "debian-12"

  network {
    name = "public"
  }
}

action "novasphere_compute_instance_unshelve" "web" {
  config {
    instance_id = novasphere_compute_instance.web.id
  }
}
