data "novasphere_compute_quotaset" "ops" {
  project_id = "ops"
}

output "instances" {
  value = data.novasphere_compute_quotaset.ops.instances # -1
}
