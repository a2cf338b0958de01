import {
  to = novasphere_networking_addressscope.inside
  identity = {
    id = "9cc35860-522a-4d35-974d-51d4b011801e"
  }
}
