# Refused in this version:
# a guaranteed bandwidth is a policy that a network service keeps for ports:
# policies are not in this version. A flavor's extra specs quota:vif_limit,
# quota:vif_reservation and quota:vif_shares_level say what each NIC of an
# instance may send.
resource "novasphere_networking_qos_minimum_bandwidth_rule" "sure" {
  qos_policy_id = "8a2c1c0e-5d0b-4b7e-8a55-2b3c4d5e6f70"
  min_kbps      = 1000
}
