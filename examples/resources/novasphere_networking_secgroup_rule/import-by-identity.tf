import {
  to = novasphere_networking_secgroup_rule.https
  identity = {
    id = "0b0bb2a4-2f55-4b3c-a9d6-9f7d9d7b1e10"
  }
}
