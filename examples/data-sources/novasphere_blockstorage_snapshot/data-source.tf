resource "novasphere_blockstorage_volume" "data" {
  name = "data"
  size = 20
}

resource "novasphere_blockstorage_snapshot" "nightly" {
  volume_id = novasphere_blockstorage_volume.data.id
  name      = "nightly"
}

data "novasphere_blockstorage_snapshot" "last" {
  volume_id   = novasphere_blockstorage_snapshot.nightly.volume_id
  name        = "nightly"
  most_recent = true
}
