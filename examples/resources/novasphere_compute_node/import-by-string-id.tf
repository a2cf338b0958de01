# By its id (the host's managed object id), or by its name.
import {
  to = novasphere_compute_node.first
  id = "host-27"
}
