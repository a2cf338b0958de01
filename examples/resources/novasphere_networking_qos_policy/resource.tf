# Refused in this version:
# a QoS policy of ports is a policy that a network service keeps for ports:
# policies are not in this version. A flavor's extra specs quota:vif_limit,
# quota:vif_reservation and quota:vif_shares_level say what each NIC of an
# instance may send.
resource "novasphere_networking_qos_policy" "slow" {
  name        = "slow"
  description = "For guests."
}
