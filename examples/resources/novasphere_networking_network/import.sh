# By its id (the portgroup's managed object id), or by its name.
terraform import novasphere_networking_network.web dvportgroup-21
