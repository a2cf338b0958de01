# Every ESX host of the datacenter, and what is left of its memory.
data "novasphere_compute_hypervisors" "hosts" {
  level = "host"
}

output "free_ram_mb" {
  value = {
    for host in data.novasphere_compute_hypervisors.hosts.hypervisors : host.hypervisor_hostname => host.free_ram_mb
  }
}
