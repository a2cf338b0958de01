import {
  to = novasphere_compute_volume_attach.data
  identity = {
    id = "5016e8a5-7c3c-4d11-8f38-2b6e0a6bd7a4/0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"
  }
}
