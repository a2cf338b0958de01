resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

# Needs Terraform 1.14 or later: terraform apply -invoke=action.novasphere_compute_instance_rescue.web
resource "novasphere_compute_instance" "web" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"

  network {
    name = "public"
  }
}

data "novasphere_images_image" "rescue" {
  name = "ubuntu-24.04"
}

action "novasphere_compute_instance_rescue" "web" {
  config {
    instance_id     = novasphere_compute_instance.web.id
    rescue_image_id = data.novasphere_images_image.rescue.id
  }
}
