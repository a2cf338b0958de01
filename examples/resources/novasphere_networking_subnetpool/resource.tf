# Refused in this version:
# a pool of subnets hands out ranges of addresses, and nobody does so here.
# Write the cidr of each novasphere_networking_subnet, or compute it with
# cidrsubnet().
resource "novasphere_networking_subnetpool" "inside" {
  name     = "inside"
  prefixes = ["10.0.0.0/16"]
}
