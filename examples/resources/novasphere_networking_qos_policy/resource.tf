resource "novasphere_networking_qos_policy" "guests" {
  name        = "guests"
  description = "What a guest may send and receive."
}

resource "novasphere_networking_qos_bandwidth_limit_rule" "send" {
  qos_policy_id = novasphere_networking_qos_policy.guests.id
  max_kbps      = 100000
}

# Every port of the network has it, unless it has a policy of its own.
resource "novasphere_networking_network" "web" {
  name          = "example-qos"
  qos_policy_id = novasphere_networking_qos_policy.guests.id

  segments {
    segmentation_id = 120
  }
}
