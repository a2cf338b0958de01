# By the id of the group, or by its name in the provider's project.
import {
  to = novasphere_networking_secgroup.web
  id = "4c9f0f8e-3c35-4a36-9d0c-8a4b8d1d3c55"
}
