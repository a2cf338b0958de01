# Refused in this version:
# the access of a project to a flavor speaks of another project, and a vCenter
# has no projects: a flavor, an image or a network is everybody's who may use
# it there. Delete it; who may use what is said by the vCenter's permissions.
resource "novasphere_compute_flavor_access" "ops" {
  flavor_id = "g1.small"
  tenant_id = "ops"
}
