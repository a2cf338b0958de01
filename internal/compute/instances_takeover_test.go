// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// various defines instances with many arguments, in texts that HCL could misread.
const various = `
resource "novasphere_compute_flavor" "f" {
  name  = "m1 \"small\""
  vcpus = 1
  ram   = 1024
  disk  = 20
  swap  = 2048
}
resource "novasphere_compute_keypair" "k" { name = "ops" }
locals { names = ["web.0", "web 0", "0-db"] }
resource "novasphere_compute_instance" "it" {
  count       = 3
  name        = local.names[count.index]
  description = "number $${count.index}, 5% of %%{ if }"
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = "debian-12"
  key_pair    = novasphere_compute_keypair.k.name
  user_data   = "#cloud-config\nruncmd:\n\t- [ echo, \"$${HOME}\" ]\n"
  metadata    = { "a key" = "\\ \"and\" $${value}", role = "web" }
  tags        = ["blue", "green"]
  power_state = count.index == 2 ? "shutoff" : "active"
  wait_for_ip = "0s"
  network { name = "public" }
  network {
    name           = "private"
    access_network = true
  }
  block_device {
    source_type      = "blank"
    destination_type = "local"
    volume_size      = 2
    boot_index       = -1
    guest_format     = "swap"
  }
}
`

const listing = `
data "novasphere_compute_instances" "all" {}
output "text" { value = nonsensitive(data.novasphere_compute_instances.all.configuration) }
`

// TestAccConfigurationTakesOver: the configuration that the list prints for instances imports them and changes nothing on them.
func TestAccConfigurationTakesOver(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	first := vc.NewWorkspace(t, wire, various)
	first.Apply()
	list := vc.NewWorkspace(t, wire, listing)
	list.Apply()
	text := list.Must("output", "-raw", "text")
	if n := strings.Count(text, "import {"); n != 3 {
		t.Fatalf("%d import blocks:\n%s", n, text)
	}
	second := vc.NewWorkspace(t, wire, text)
	if out := second.Must("plan", "-no-color"); !strings.Contains(out, "3 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Errorf("the plan of\n%s\nis\n%s", text, out)
	}
	wire.Take()
	second.Apply()
	if calls, _ := wire.Take(); calls["ReconfigVM_Task"] > 0 || calls["CreateVM_Task"] > 0 {
		t.Errorf("taking over changed something: %v", calls)
	}
	second.PlanIsEmpty()
}
