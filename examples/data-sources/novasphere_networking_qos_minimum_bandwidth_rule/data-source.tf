# Refused in this version:
# a guaranteed bandwidth is kept by a scheduler of a network service, and a
# distributed switch guarantees bandwidth to the NICs of machines. Write it as
# quota:vif_reservation of a flavor, and quota:vif_shares_level for what a NIC
# gets where the network is busy;
# novasphere_networking_qos_bandwidth_limit_rule limits a port.
data "novasphere_networking_qos_minimum_bandwidth_rule" "sure" {
  qos_policy_id = "8a2c1c0e-5d0b-4b7e-8a55-2b3c4d5e6f70"
}
