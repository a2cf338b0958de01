terraform {
  required_providers {
    novasphere = {
      source = "terraform-provider-novasphere/novasphere"
    }
  }
}

# VSPHERE_SERVER, VSPHERE_USER and VSPHERE_PASSWORD come from the environment.
provider "novasphere" {}

variable "image" {
  description = "The image of the machine. Another one replaces the machine, and the data stays."
  type        = string
  default     = "debian-12"
}

variable "data_size" {
  description = "The size of the data in GiB. A larger one grows the volume while the database runs."
  type        = number
  default     = 20
}

resource "novasphere_compute_flavor" "database" {
  name  = "database"
  vcpus = 2
  ram   = 4096
  disk  = 10
}

# lifecycle { prevent_destroy = true } keeps it even from a terraform destroy.
resource "novasphere_blockstorage_volume" "data" {
  name                 = "database-data"
  description          = "What PostgreSQL keeps"
  size                 = var.data_size
  enable_online_resize = true
}

resource "novasphere_compute_instance" "database" {
  name        = "database"
  flavor_name = novasphere_compute_flavor.database.name
  image_name  = var.image

  # the guest shuts down before the volume is taken off
  stop_before_destroy = true

  network {
    name = "private"
  }

  # The volume comes while the guest starts for the first time: it waits for the disk in the place after its own. A new disk gets a file
  # system; one that has data keeps it, and PostgreSQL takes it up.
  user_data = <<-EOT
    #cloud-config
    packages: [postgresql]
    bootcmd:
      - |
        disk=/dev/disk/by-path/*-scsi-0:0:1:0
        for second in $(seq 300); do [ -e $disk ] && break; sleep 1; done
        blkid $disk || mkfs.ext4 -L data $disk
        mkdir -p /var/lib/postgresql
        mount LABEL=data /var/lib/postgresql
  EOT
}

resource "novasphere_compute_volume_attach" "data" {
  instance_id = novasphere_compute_instance.database.id
  volume_id   = novasphere_blockstorage_volume.data.id
}

output "address" {
  description = "Where the database listens."
  value       = novasphere_compute_instance.database.access_ip_v4
}

output "data_disk" {
  description = "The path of the data in the guest."
  value       = novasphere_compute_volume_attach.data.disk_by_id
}
