# Refused in this version:
# the association of a QoS specification describes storage to a volume
# service: volumes are not in this version. The provider's arguments datastore
# and datastore_regex say where disks lie, and a flavor's extra specs
# quota:disk_io_* limit them.
resource "novasphere_blockstorage_qos_association" "fast" {
  qos_id         = "2c6c2d55-7d6f-4a53-9d0b-6c7a0b1e2f30"
  volume_type_id = "7b1f0a9c-3c1e-4d0e-8e55-1a2b3c4d5e6f"
}
