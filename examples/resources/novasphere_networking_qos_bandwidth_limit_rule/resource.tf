resource "novasphere_networking_qos_policy" "backup" {
  name = "backup"
}

# What the instance sends.
resource "novasphere_networking_qos_bandwidth_limit_rule" "send" {
  qos_policy_id  = novasphere_networking_qos_policy.backup.id
  max_kbps       = 50000
  max_burst_kbps = 10000
}

# What it receives.
resource "novasphere_networking_qos_bandwidth_limit_rule" "receive" {
  qos_policy_id = novasphere_networking_qos_policy.backup.id
  max_kbps      = 200000
  direction     = "ingress"
}

resource "novasphere_networking_network" "web" {
  name = "example-limits"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_port" "backup" {
  network_id    = novasphere_networking_network.web.id
  qos_policy_id = novasphere_networking_qos_policy.backup.id
}
