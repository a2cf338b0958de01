# Refused in this version:
# a volume type describes storage to a volume service, and here that is a
# storage policy, which the vCenter's administrator makes. volume_type of
# novasphere_blockstorage_volume names a storage policy, and
# data.novasphere_blockstorage_volume_type finds one; the provider's arguments
# datastore and datastore_regex say where disks lie, and a flavor's extra
# specs quota:disk_io_* limit them.
resource "novasphere_blockstorage_volume_type" "fast" {
  name        = "fast"
  description = "On flash."
}
