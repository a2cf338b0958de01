import {
  to = novasphere_networking_router_interface.web
  id = "2c9d4f6a-1e3b-4d5c-8f7a-9b0c1d2e3f40"
}
