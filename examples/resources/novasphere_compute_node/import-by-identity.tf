import {
  to = novasphere_compute_node.first
  identity = {
    id = "host-27"
  }
}
