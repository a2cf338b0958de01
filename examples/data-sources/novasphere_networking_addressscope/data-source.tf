resource "novasphere_networking_addressscope" "inside" {
  name = "inside"
}

data "novasphere_networking_addressscope" "inside" {
  name = novasphere_networking_addressscope.inside.name
}

output "scope" {
  description = "The id of the scope."
  value       = data.novasphere_networking_addressscope.inside.id
}
