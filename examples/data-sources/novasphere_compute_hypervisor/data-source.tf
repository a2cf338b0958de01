# The provider's own cluster, which is the compute node of its instances.
data "novasphere_compute_hypervisor" "node" {}

# One ESX host of it.
data "novasphere_compute_hypervisor" "first" {
  hostname = "esx-1"
}

output "node" {
  value = {
    name   = data.novasphere_compute_hypervisor.node.hostname
    vcpus  = data.novasphere_compute_hypervisor.node.vcpus
    memory = "${data.novasphere_compute_hypervisor.node.memory_mb_used} of ${data.novasphere_compute_hypervisor.node.memory_mb} MB"
  }
}

output "first_host_takes_instances" {
  value = data.novasphere_compute_hypervisor.first.state == "up" && data.novasphere_compute_hypervisor.first.status == "enabled"
}
