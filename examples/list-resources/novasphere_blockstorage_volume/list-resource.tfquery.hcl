# terraform query -generate-config-out=volumes.tf
list "novasphere_blockstorage_volume" "volumes" {
  provider = novasphere
  limit    = 1000

  config {
    status = "available"
  }
}
