data "novasphere_networking_quota" "ops" {
  project_id = "ops"
}

output "port" {
  value = data.novasphere_networking_quota.ops.port # -1
}
