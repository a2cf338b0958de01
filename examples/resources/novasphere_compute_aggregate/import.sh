# By its id, or by its name.
terraform import novasphere_compute_aggregate.ssd ssd
