import {
  to = novasphere_networking_subnet.web
  id = "7a2ee6f3-95dd-4b79-b7d3-0f0a3bb2a6a1"
}
