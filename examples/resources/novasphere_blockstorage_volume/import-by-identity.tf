import {
  to = novasphere_blockstorage_volume.data
  identity = {
    id = "6a1c2f0e-3b5d-4c58-9c0a-2f4f5f1f7d11"
  }
}
