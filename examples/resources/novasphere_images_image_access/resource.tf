# Refused in this version:
# the access of a project to an image speaks of another project, and a vCenter
# has no projects: a flavor, an image or a network is everybody's who may use
# it there. Delete it; who may use what is said by the vCenter's permissions.
resource "novasphere_images_image_access" "ops" {
  image_id  = "debian-12"
  member_id = "ops"
}
