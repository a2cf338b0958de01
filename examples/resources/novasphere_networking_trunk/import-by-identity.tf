import {
  to = novasphere_networking_trunk.firewall
  identity = {
    id = "46dfb556-b92f-48ce-94c5-9a9e2140de94"
  }
}
