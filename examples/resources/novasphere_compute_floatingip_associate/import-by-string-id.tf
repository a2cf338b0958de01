import {
  to = novasphere_compute_floatingip_associate.web
  id = "203.0.113.10/420f1a2b-3c4d-5e6f-7a8b-9c0d1e2f3a4b/"
}
