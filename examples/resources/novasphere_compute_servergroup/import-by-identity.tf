import {
  to = novasphere_compute_servergroup.web
  identity = {
    id = "web"
  }
}
