resource "novasphere_compute_aggregate" "ssd" {
  name     = "ssd"
  metadata = { disk = "ssd" }
  hosts    = ["esx-1"]
}

# Usually the aggregate was made elsewhere, and its name is all there is.
data "novasphere_compute_aggregate" "ssd" {
  name = novasphere_compute_aggregate.ssd.name
}

output "hosts" {
  description = "The aggregate's ESX hosts."
  value       = data.novasphere_compute_aggregate.ssd.hosts
}
