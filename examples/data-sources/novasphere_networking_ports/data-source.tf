# What no instance has, oldest first: leftovers of runs that were killed are among them.
data "novasphere_networking_ports" "unplugged" {
  unplugged = true
}

output "leftovers" {
  value = { for p in data.novasphere_networking_ports.unplugged.ports : p.id => "${p.created_by}, ${p.created_at}" }
}
