resource "novasphere_compute_flavor" "small" {
  name  = "m1.web"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "web" {
  name        = "web-0"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"

  user_data = provider::novasphere::cloud_config({
    package_update = true
    packages       = ["nginx"]

    users = ["default", {
      name   = "ops"
      groups = "sudo"
      shell  = "/bin/bash"
    }]

    write_files = [{
      path        = "/etc/motd"
      permissions = "0644"
      content     = <<-EOT
        This is web-0.
        Changes go through Terraform.
      EOT
    }]

    runcmd = [["systemctl", "enable", "--now", "nginx"]]
  })
}
