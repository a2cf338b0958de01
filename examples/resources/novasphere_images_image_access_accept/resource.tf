# Refused in this version:
# the acceptance of an image speaks of another project, and a vCenter has no
# projects: a flavor, an image or a network is everybody's who may use it
# there. Delete it; who may use what is said by the vCenter's permissions.
resource "novasphere_images_image_access_accept" "debian" {
  image_id = "debian-12"
  status   = "accepted"
}
