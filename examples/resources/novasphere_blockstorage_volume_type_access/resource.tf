# Refused in this version:
# the access of a project to a volume type speaks of another project, and a
# vCenter has no projects: a flavor, an image or a network is everybody's who
# may use it there. Delete it; who may use what is said by the vCenter's
# permissions.
resource "novasphere_blockstorage_volume_type_access" "ops" {
  project_id     = "ops"
  volume_type_id = "7b1f0a9c-3c1e-4d0e-8e55-1a2b3c4d5e6f"
}
