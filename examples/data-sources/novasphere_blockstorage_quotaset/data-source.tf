data "novasphere_blockstorage_quotaset" "ops" {
  project_id = "ops"
}

output "gigabytes" {
  value = data.novasphere_blockstorage_quotaset.ops.gigabytes # -1
}
