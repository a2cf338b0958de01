import {
  to = novasphere_networking_portforwarding.ssh
  id = "7d1c3b5a-4e2f-4a6b-9c8d-0e1f2a3b4c5d/1f2e3d4c-5b6a-4978-8c9d-a0b1c2d3e4f5"
}
