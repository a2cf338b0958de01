import {
  to = novasphere_compute_aggregate.ssd
  identity = {
    id = "ssd"
  }
}
