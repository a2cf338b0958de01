import {
  to = novasphere_networking_qos_policy.guests
  id = "d6ae28ce-fcb5-4180-aa62-d260a27e09ae"
}
