# Refused in this version:
# an address group is referred to by rules of security groups, and a switch's
# rules know ranges of addresses only. Write one
# novasphere_networking_secgroup_rule with remote_ip_prefix for each range,
# with for_each over the addresses.
resource "novasphere_networking_address_group" "office" {
  name      = "office"
  addresses = ["192.0.2.0/25", "198.51.100.0/24"]
}
