# Refused in this version:
# the attachment of a volume to a host is for a host that is no instance, and
# a vCenter gives its disks to its own virtual machines only.
# novasphere_compute_volume_attach attaches a volume to an instance.
resource "novasphere_blockstorage_volume_attach" "data" {
  volume_id = "0a7d2f5e-8a53-4a0b-93c4-6a1d1a2b3c4d"
  host_name = "backup-1"
}
