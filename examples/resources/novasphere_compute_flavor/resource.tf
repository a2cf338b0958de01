resource "novasphere_compute_flavor" "large" {
  name  = "m1.large"
  vcpus = 4
  ram   = 8192
  disk  = 40

  extra_specs = {
    "hw:cpu_cores"             = "2"
    "quota:cpu_reservation"    = "1000"
    "quota:memory_reservation" = "4096"
  }
}
