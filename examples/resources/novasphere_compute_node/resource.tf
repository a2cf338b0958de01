variable "esx_password" {
  description = "The password of root on the ESX hosts. The default is the one of simulated hosts."
  type        = string
  sensitive   = true
  default     = "ESX1!root"
}

resource "novasphere_compute_cluster" "rack" {
  name = "rack"
}

# Known by its certificate, with two adapters on the datacenter's switch.
resource "novasphere_compute_node" "first" {
  hostname            = "esx-11.example.org"
  password_wo         = var.esx_password
  password_wo_version = 1
  thumbprint          = "1F:D4:61:9C:EE:85:98:F8:21:08:4D:2D:40:AB:5D:0B:FB:B5:84:7E"
  cluster             = novasphere_compute_cluster.rack.name
  tags                = ["row-1"]

  distributed_switch {
    switch   = "dvs-1"
    adapters = ["vmnic1", "vmnic2"]
  }
}

# Trusted as it answers: the plan shows the thumbprint. It is being worked on, so nothing runs there.
resource "novasphere_compute_node" "second" {
  hostname            = "esx-12.example.org"
  password_wo         = var.esx_password
  password_wo_version = 1
  trust_on_first_use  = true
  cluster             = novasphere_compute_cluster.rack.name
  status              = "disabled"
  disabled_reason     = "More memory is being put in"
}
