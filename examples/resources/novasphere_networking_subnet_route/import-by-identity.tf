import {
  to = novasphere_networking_subnet_route.storage
  identity = {
    id = "7a2ee6f3-95dd-4b79-b7d3-0f0a3bb2a6a1-route-10.40.0.0/16-10.20.0.253"
  }
}
