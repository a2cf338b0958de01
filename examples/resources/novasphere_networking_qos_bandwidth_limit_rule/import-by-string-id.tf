# The ids of the policy and of the rule.
import {
  to = novasphere_networking_qos_bandwidth_limit_rule.send
  id = "d6ae28ce-fcb5-4180-aa62-d260a27e09ae/46dfb556-b92f-48ce-94c5-9a9e2140de94"
}
