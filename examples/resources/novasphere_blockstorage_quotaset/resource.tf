# Refused in this version:
# a quota limits a project, and a vCenter has no projects: nobody would count,
# and every maximum is unlimited. Delete it; what an administrator wants to
# limit is a resource pool of the vCenter.
resource "novasphere_blockstorage_quotaset" "ops" {
  project_id = "ops"
  volumes    = 20
  gigabytes  = 1000
}
