# A qcow2 image becomes a template. The file here is an empty disk; a cloud
# image goes the same way, also by image_source_url.
resource "novasphere_images_image" "debian" {
  name             = "debian-13"
  container_format = "bare"
  disk_format      = "qcow2"
  local_file_path  = "${path.module}/disk.qcow2"
  min_ram_mb       = 512
  tags             = ["linux"]

  properties = {
    os_distro        = "debian12_64Guest"
    hw_firmware_type = "uefi"
    hw_vif_model     = "VirtualVmxnet3"
  }
}

resource "novasphere_compute_flavor" "small" {
  name  = "small"
  vcpus = 1
  ram   = 1024
  disk  = 5
}

resource "novasphere_compute_instance" "web" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.small.name
  image_id    = novasphere_images_image.debian.id
}
