# Refused in this version:
# the association of a QoS specification describes storage to a volume
# service, and here that is a storage policy, which the vCenter's
# administrator makes. volume_type of novasphere_blockstorage_volume names a
# storage policy, and data.novasphere_blockstorage_volume_type finds one; the
# provider's arguments datastore and datastore_regex say where disks lie, and
# a flavor's extra specs quota:disk_io_* limit them.
resource "novasphere_blockstorage_qos_association" "fast" {
  qos_id         = "2c6c2d55-7d6f-4a53-9d0b-6c7a0b1e2f30"
  volume_type_id = "7b1f0a9c-3c1e-4d0e-8e55-1a2b3c4d5e6f"
}
