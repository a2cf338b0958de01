terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

# Everything may come from the environment: VSPHERE_SERVER, VSPHERE_USER and
# VSPHERE_PASSWORD. What the block says wins.
provider "novasphere" {}
