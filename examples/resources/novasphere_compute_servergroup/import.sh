# By its id, or by its name in the provider's project.
terraform import novasphere_compute_servergroup.web web
