import {
  to = novasphere_networking_port.web
  id = "0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"
}
