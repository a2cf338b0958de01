data "novasphere_compute_limits" "ours" {}

# A maximum of -1 is none.
output "used" {
  value = {
    instances = data.novasphere_compute_limits.ours.total_instances_used
    cores     = data.novasphere_compute_limits.ours.total_cores_used
    ram       = data.novasphere_compute_limits.ours.total_ram_used
  }
}
