import {
  to = novasphere_compute_keypair.ops
  identity = {
    id = "ops"
  }
}
