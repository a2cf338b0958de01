# Refused in this version:
# an address scope hands out ranges of addresses, and nobody does so here.
# Write the cidr of each novasphere_networking_subnet, or compute it with
# cidrsubnet().
data "novasphere_networking_addressscope" "inside" {
  name = "inside"
}
