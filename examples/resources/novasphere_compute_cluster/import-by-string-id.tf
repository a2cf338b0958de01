# By its id (the cluster's managed object id), or by its name.
import {
  to = novasphere_compute_cluster.edge
  id = "domain-c21"
}
