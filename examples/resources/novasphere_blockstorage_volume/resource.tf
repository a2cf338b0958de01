# A disk that outlives the instances that have it.
resource "novasphere_blockstorage_volume" "data" {
  name        = "data"
  description = "The shop's database"
  size        = 20
  metadata = {
    role = "db"
  }

  # Larger in place, also while an instance has it.
  enable_online_resize = true
}

# A copy of it, on a datastore of its own.
resource "novasphere_blockstorage_volume" "copy" {
  name          = "data-copy"
  size          = 20
  source_vol_id = novasphere_blockstorage_volume.data.id

  scheduler_hints {
    different_host = [novasphere_blockstorage_volume.data.id]
  }
}
