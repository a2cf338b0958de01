# One workspace makes the flavors. Another names one by its id, without a data source that asks for it.
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

output "is_the_same" {
  value = novasphere_compute_flavor.small.id == provider::novasphere::flavor_id("m1.small")
}

# The keys of a for_each have to be known at plan: this one is.
output "allowed_flavors" {
  value = { for name in ["m1.small", "m1.large"] : provider::novasphere::flavor_id(name) => name }
}
