import {
  to = novasphere_networking_router_routes.edge
  id = "5b3a1d0e-7c1f-4b59-9a60-2f6b1f0c9d11"
}
