# A cluster beside the one that is there, whose VMs are spread by DRS and restarted by HA. Room for the loss of one host is kept free.
resource "novasphere_compute_cluster" "edge" {
  name             = "edge"
  ha_enabled       = true
  ha_host_failures = 1
}
