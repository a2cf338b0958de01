resource "novasphere_compute_keypair" "ops" {
  name       = "ops"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJJjuINH8TredHVhBtEfDwCVqSaQiZ+VRA9oyqibLnY ops@example.com"
}

# Usually the key pair was made elsewhere, and its name is all there is.
data "novasphere_compute_keypair" "ops" {
  name = novasphere_compute_keypair.ops.name
}

output "fingerprint" {
  value = data.novasphere_compute_keypair.ops.fingerprint
}
