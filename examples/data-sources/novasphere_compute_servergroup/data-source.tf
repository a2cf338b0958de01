resource "novasphere_compute_servergroup" "web" {
  name     = "web"
  policies = ["soft-anti-affinity"]
}

# Usually the group was made elsewhere, and its name is all there is.
data "novasphere_compute_servergroup" "web" {
  name = novasphere_compute_servergroup.web.name
}

output "members" {
  description = "The ids of the group's instances."
  value       = data.novasphere_compute_servergroup.web.members
}
