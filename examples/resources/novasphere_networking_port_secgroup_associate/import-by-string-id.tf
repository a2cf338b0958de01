# By the id of the port.
import {
  to = novasphere_networking_port_secgroup_associate.audit
  id = "7d7f5a39-70c8-4d33-b5c5-0b0b2b7f3f3e"
}
