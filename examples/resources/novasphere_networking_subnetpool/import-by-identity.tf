import {
  to = novasphere_networking_subnetpool.inside
  identity = {
    id = "832cb7f3-59fe-40cf-8f64-8350ffc03272"
  }
}
