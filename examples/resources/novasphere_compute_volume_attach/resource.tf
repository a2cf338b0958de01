# Refused in this version:
# the attachment of a volume needs disks that live without an instance, and
# there are none in this version. A disk that lives and goes with its instance
# is a block_device block of novasphere_compute_instance with source_type =
# "blank" and destination_type = "local".
resource "novasphere_compute_volume_attach" "data" {
  instance_id = "5f0c2f0e-5f1b-4a9e-9a53-0f5f3c1f2a11"
  volume_id   = "0a7d2f5e-8a53-4a0b-93c4-6a1d1a2b3c4d"
}
