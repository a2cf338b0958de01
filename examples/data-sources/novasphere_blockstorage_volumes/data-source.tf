# What this provider has made and no instance has: look here for volumes that no state holds.
data "novasphere_blockstorage_volumes" "idle" {
  managed = true
  status  = "available"
}

output "idle_volumes" {
  value = { for v in data.novasphere_blockstorage_volumes.idle.volumes : v.id => "${v.name}, ${v.size} GiB, ${v.made_by}" }
}
