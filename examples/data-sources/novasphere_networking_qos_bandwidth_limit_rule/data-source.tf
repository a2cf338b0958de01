resource "novasphere_networking_qos_policy" "slow" {
  name = "slow"
}

resource "novasphere_networking_qos_bandwidth_limit_rule" "send" {
  qos_policy_id = novasphere_networking_qos_policy.slow.id
  max_kbps      = 3000
}

data "novasphere_networking_qos_bandwidth_limit_rule" "send" {
  qos_policy_id = novasphere_networking_qos_bandwidth_limit_rule.send.qos_policy_id
  max_kbps      = 3000
}

output "direction" {
  description = "Which direction the rule limits."
  value       = data.novasphere_networking_qos_bandwidth_limit_rule.send.direction
}
