# Refused in this version:
# the attachment of a volume to a host needs disks that live without an
# instance, and there are none in this version. A disk that lives and goes
# with its instance is a block_device block of novasphere_compute_instance
# with source_type = "blank" and destination_type = "local".
resource "novasphere_blockstorage_volume_attach" "data" {
  volume_id = "0a7d2f5e-8a53-4a0b-93c4-6a1d1a2b3c4d"
  host_name = "backup-1"
}
