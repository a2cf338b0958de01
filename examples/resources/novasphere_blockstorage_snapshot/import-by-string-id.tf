# By the volume's id and the snapshot's, with a slash between them.
import {
  to = novasphere_blockstorage_snapshot.nightly
  id = "6f4b8f9e-6f2e-4f44-93a4-1f0e2a7d9c11/0d5f5c35-9f55-4a9e-8d0e-6f9b3f1e2a44"
}
