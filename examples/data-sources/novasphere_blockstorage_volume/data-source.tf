# Refused in this version:
# a volume is a disk that lives without an instance, and there are none in
# this version. A disk that lives and goes with its instance is a block_device
# block of novasphere_compute_instance with source_type = "blank" and
# destination_type = "local".
data "novasphere_blockstorage_volume" "data" {
  name = "data"
}
