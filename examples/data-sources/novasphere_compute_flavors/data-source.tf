# Every flavor there is, smallest first.
data "novasphere_compute_flavors" "all" {}

output "flavors" {
  value = data.novasphere_compute_flavors.all
}
