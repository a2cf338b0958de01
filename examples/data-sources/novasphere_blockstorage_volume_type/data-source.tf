data "novasphere_blockstorage_volume_type" "default" {
  name = "vSAN Default Storage Policy"
}

resource "novasphere_blockstorage_volume" "data" {
  name        = "data"
  size        = 20
  volume_type = data.novasphere_blockstorage_volume_type.default.name
}

output "datastores" {
  value = data.novasphere_blockstorage_volume_type.default.datastores
}
