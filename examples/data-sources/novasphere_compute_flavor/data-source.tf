resource "novasphere_compute_flavor" "large" {
  name  = "m1.large"
  vcpus = 4
  ram   = 8192
  disk  = 40
}

# Usually the flavor was made elsewhere, and its name is all there is.
data "novasphere_compute_flavor" "large" {
  name = novasphere_compute_flavor.large.name
}

output "memory" {
  value = data.novasphere_compute_flavor.large.ram
}
