# Refused in this version:
# a volume type describes storage to a volume service: volumes are not in this
# version. The provider's arguments datastore and datastore_regex say where
# disks lie, and a flavor's extra specs quota:disk_io_* limit them.
resource "novasphere_blockstorage_volume_type" "fast" {
  name        = "fast"
  description = "On flash."
}
