# Every machine of the datacenter that Nova, or nobody, has recorded:
#   terraform query -generate-config-out=instances.tf
list "novasphere_compute_instance" "nova" {
  provider = novasphere
  limit    = 1000

  config {
    unmanaged = true
  }
}

# The web servers of a project.
list "novasphere_compute_instance" "web" {
  provider = novasphere

  config {
    project    = "shop"
    name_regex = "^web-"
    tags       = ["blue"]
  }
}
