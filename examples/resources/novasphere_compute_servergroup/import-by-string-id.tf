# By its id, or by its name in the provider's project.
import {
  to = novasphere_compute_servergroup.web
  id = "web"
}
