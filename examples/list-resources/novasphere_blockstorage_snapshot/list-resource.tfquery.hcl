# terraform query -generate-config-out=snapshots.tf
list "novasphere_blockstorage_snapshot" "snapshots" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "nightly"
  }
}
