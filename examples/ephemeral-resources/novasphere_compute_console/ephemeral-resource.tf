resource "novasphere_compute_flavor" "small" {
  name  = "m1.desktop"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "desktop" {
  name        = "desktop-0"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
}

ephemeral "novasphere_compute_console" "desktop" {
  instance_id = novasphere_compute_instance.desktop.id
}

# What takes an ephemeral value can have it: a provider's configuration, a write-only argument, a provisioner.
resource "terraform_data" "viewer" {
  provisioner "local-exec" {
    command = "echo a console is at $CONSOLE_HOST"

    environment = {
      CONSOLE_HOST = ephemeral.novasphere_compute_console.desktop.host
      CONSOLE_URL  = ephemeral.novasphere_compute_console.desktop.url
    }
  }
}
