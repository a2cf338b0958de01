package compute_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const web = `
resource "novasphere_compute_flavor" "small" {
  name        = "m1.small"
  vcpus       = 2
  ram         = 4096
  disk        = 20
  extra_specs = { "quota:cpu_reservation" = "1000" }
}
data "novasphere_images_image" "debian"       { name = "debian-12" }
data "novasphere_networking_network" "public" { name = "public" }
resource "novasphere_compute_instance" "web" {
  count = 3
  wait_for_ip = "2s"
  name        = "web-${count.index}"
  flavor_name = novasphere_compute_flavor.small.name
  image_id    = data.novasphere_images_image.debian.id
  user_data   = "#cloud-config\n"
  metadata    = { role = "web" }
  network { uuid = data.novasphere_networking_network.public.id }
}
`

func TestAccInstanceSmoke(t *testing.T) {
	for _, unmodified := range []bool{false, true} {
		t.Run(fmt.Sprintf("unmodified=%t", unmodified), func(t *testing.T) {
			vc := acctest.Start(t, vcsim.Options{Unmodified: unmodified})
			wait := ""
			_ = wait
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{{
					Config: vc.Config("", web),
					Check: acctest.Check(func() error {
						for _, vm := range vc.VMs("OpenStack/*") {
							t.Log(vm.Name, vm.Config.Hardware.NumCPU, vm.Config.Hardware.MemoryMB, vm.Runtime.PowerState, vm.Guest.IpAddress)
						}
						return nil
					}),
				}},
			})
			t.Log(vc.Calls())
		})
	}
}
