resource "novasphere_blockstorage_volume" "data" {
  name = "data"
  size = 20
}

resource "novasphere_blockstorage_snapshot" "nightly" {
  volume_id   = novasphere_blockstorage_volume.data.id
  name        = "nightly"
  description = "Before the upgrade"
  metadata    = { keep = "7d" }
}

# What the volume held then, as another volume.
resource "novasphere_blockstorage_volume" "restored" {
  name        = "restored"
  size        = 20
  snapshot_id = novasphere_blockstorage_snapshot.nightly.id
}
