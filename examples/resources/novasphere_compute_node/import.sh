# By its id (the host's managed object id), or by its name.
terraform import novasphere_compute_node.first host-27
