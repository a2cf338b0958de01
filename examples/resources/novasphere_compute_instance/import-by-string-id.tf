# By the instance's id: the VM's instance UUID, as vCenter shows it.
import {
  to = novasphere_compute_instance.db
  id = "5016e8a5-7c3c-4d11-8f38-2b6e0a6bd7a4"
}
