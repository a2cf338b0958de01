# Refused in this version:
# an RBAC policy speaks of another project, and a vCenter has no projects: a
# flavor, an image or a network is everybody's who may use it there. Delete
# it; who may use what is said by the vCenter's permissions.
resource "novasphere_networking_rbac_policy" "app" {
  action        = "access_as_shared"
  object_type   = "network"
  object_id     = "app"
  target_tenant = "ops"
}
