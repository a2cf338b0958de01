# By its id (the cluster's managed object id), or by its name.
terraform import novasphere_compute_cluster.edge domain-c21
