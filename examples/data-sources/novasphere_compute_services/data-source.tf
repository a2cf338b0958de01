data "novasphere_compute_services" "compute" {
  binary = "nova-compute"
}

output "hosts_out_of_service" {
  value = [
    for service in data.novasphere_compute_services.compute.services : service.host
    if service.state != "up" || service.status != "enabled"
  ]
}
