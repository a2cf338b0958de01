# A VM template.
data "novasphere_images_image" "debian" {
  name = "debian-12"
}

# An item of a content library is found the same way.
data "novasphere_images_image" "cirros" {
  name        = "cirros-lib"
  most_recent = true
}

output "smallest_disk" {
  value = data.novasphere_images_image.debian.min_disk_gb
}
