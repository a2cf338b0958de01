# Refused in this version:
# a QoS specification of volumes describes storage to a volume service, and
# here that is a storage policy, which the vCenter's administrator makes.
# volume_type of novasphere_blockstorage_volume names a storage policy, and
# data.novasphere_blockstorage_volume_type finds one; the provider's arguments
# datastore and datastore_regex say where disks lie, and a flavor's extra
# specs quota:disk_io_* limit them.
resource "novasphere_blockstorage_qos" "fast" {
  name     = "fast"
  consumer = "front-end"
  specs = {
    read_iops_sec = "2000"
  }
}
