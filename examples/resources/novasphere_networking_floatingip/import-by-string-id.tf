import {
  to = novasphere_networking_floatingip.web
  id = "7d1c3b5a-4e2f-4a6b-9c8d-0e1f2a3b4c5d"
}
