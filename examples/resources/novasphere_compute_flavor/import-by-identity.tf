import {
  to = novasphere_compute_flavor.large
  identity = {
    id = "6a2f9c0e-58d1-4f43-9d0b-3b1c7f1f6a11"
  }
}
