# By its id, or by its name.
import {
  to = novasphere_compute_aggregate.ssd
  id = "ssd"
}
