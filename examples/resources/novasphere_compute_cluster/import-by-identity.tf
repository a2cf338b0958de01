import {
  to = novasphere_compute_cluster.edge
  identity = {
    id = "domain-c21"
  }
}
