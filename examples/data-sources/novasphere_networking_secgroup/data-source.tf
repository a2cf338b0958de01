# Always there: it filters nothing.
data "novasphere_networking_secgroup" "default" {
  name = "default"
}

output "default_group" {
  description = "The id of the default group."
  value       = data.novasphere_networking_secgroup.default.id
}
