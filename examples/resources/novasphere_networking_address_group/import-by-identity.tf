import {
  to = novasphere_networking_address_group.office
  identity = {
    id = "782fef9c-d03c-400a-9735-2f9af5681cb3"
  }
}
