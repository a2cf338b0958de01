# Refused in this version:
# a DSCP mark is written into packets by a network service, and this version
# has the distributed switch write none. Mark them by a rule of the portgroup's
# traffic filtering and marking, or at the physical switch;
# novasphere_networking_qos_bandwidth_limit_rule limits a port.
data "novasphere_networking_qos_dscp_marking_rule" "voice" {
  qos_policy_id = "8a2c1c0e-5d0b-4b7e-8a55-2b3c4d5e6f70"
}
