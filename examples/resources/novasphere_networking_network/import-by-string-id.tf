# By its id (the portgroup's managed object id), or by its name.
import {
  to = novasphere_networking_network.web
  id = "dvportgroup-21"
}
