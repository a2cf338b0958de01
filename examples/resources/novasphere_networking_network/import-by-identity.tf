import {
  to = novasphere_networking_network.web
  identity = {
    id = "dvportgroup-21"
  }
}
