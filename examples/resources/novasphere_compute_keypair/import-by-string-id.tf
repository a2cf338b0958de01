# By the key pair's name. Where the provider generated the key, the private half cannot be imported.
import {
  to = novasphere_compute_keypair.ops
  id = "ops"
}
