# An ESX host that maintenance is planned for.
data "novasphere_compute_hypervisor" "host" {
  hostname = "esx-1"
}

# Before the maintenance: terraform apply -invoke=action.novasphere_compute_node_evacuate.host
action "novasphere_compute_node_evacuate" "host" {
  config {
    node_id              = data.novasphere_compute_hypervisor.host.id
    evacuate_powered_off = true
  }
}
