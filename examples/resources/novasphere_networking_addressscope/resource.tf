# The pools of a scope share no address.
resource "novasphere_networking_addressscope" "inside" {
  name       = "inside"
  ip_version = 4
}

resource "novasphere_networking_subnetpool" "inside" {
  name             = "inside"
  prefixes         = ["10.0.0.0/16"]
  address_scope_id = novasphere_networking_addressscope.inside.id
}
