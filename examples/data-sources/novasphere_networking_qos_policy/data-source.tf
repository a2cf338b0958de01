resource "novasphere_networking_qos_policy" "slow" {
  name = "slow"
}

data "novasphere_networking_qos_policy" "slow" {
  name = novasphere_networking_qos_policy.slow.name
}

output "policy" {
  description = "The id of the policy."
  value       = data.novasphere_networking_qos_policy.slow.id
}
