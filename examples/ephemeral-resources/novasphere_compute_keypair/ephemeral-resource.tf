locals {
  key_version = 1 # another number makes another pair, and stores it
}

ephemeral "novasphere_compute_keypair" "ops" {
  comment = "ops"
}

resource "novasphere_compute_keypair" "ops" {
  name                  = "ops"
  public_key_wo         = ephemeral.novasphere_compute_keypair.ops.public_key
  public_key_wo_version = local.key_version
}

# The private half goes to what keeps secrets, by a write-only argument of its provider or by a command, with the same number.
resource "terraform_data" "stored" {
  triggers_replace = [local.key_version]

  provisioner "local-exec" {
    command = "test -n \"$PRIVATE_KEY\" # for example: vault kv put secret/ops private_key=\"$PRIVATE_KEY\""

    environment = {
      PRIVATE_KEY = ephemeral.novasphere_compute_keypair.ops.private_key
    }
  }
}
