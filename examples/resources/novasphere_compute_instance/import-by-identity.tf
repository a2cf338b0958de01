import {
  to = novasphere_compute_instance.db
  identity = {
    id = "5016e8a5-7c3c-4d11-8f38-2b6e0a6bd7a4"
  }
}
