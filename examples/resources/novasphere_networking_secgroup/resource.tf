provider "novasphere" {
  security_groups = "dvs"
}

# Everything may leave; nothing may come in until a rule says so.
resource "novasphere_networking_secgroup" "web" {
  name        = "example-web"
  description = "Web servers"
  stateful    = false # the distributed switch knows no connections
}

# Only what its rules say, in both directions, and the answers to that.
resource "novasphere_networking_secgroup" "strict" {
  name                 = "example-strict"
  stateful             = false
  delete_default_rules = true
  reply_rules          = "ephemeral"
}
