resource "novasphere_blockstorage_volume" "data" {
  name = "data"
  size = 20
}

data "novasphere_blockstorage_volume" "data" {
  name   = novasphere_blockstorage_volume.data.name
  status = "available"
}

output "datastore" {
  value = data.novasphere_blockstorage_volume.data.host
}
