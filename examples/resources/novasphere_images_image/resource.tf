# Refused in this version:
# an image takes a file into an image service: uploads are not in this
# version. Make a template in the vCenter, or import an OVA into a content
# library, and find it with data.novasphere_images_image.
resource "novasphere_images_image" "debian" {
  name             = "debian-12"
  container_format = "bare"
  disk_format      = "vmdk"
  local_file_path  = "debian-12.vmdk"
}
