// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

// zoo defines four flavors, two of them with the same memory.
const zoo = `
locals {
  zoo = [
    { name = "m1.large",  vcpus = 4, ram = 8192, disk = 80 },
    { name = "m1.small",  vcpus = 1, ram = 2048, disk = 20 },
    { name = "c1.small",  vcpus = 2, ram = 2048, disk = 10 },
    { name = "m1.medium", vcpus = 2, ram = 4096, disk = 40 },
  ]
}
resource "novasphere_compute_flavor" "zoo" {
  count       = length(local.zoo)
  name        = local.zoo[count.index].name
  vcpus       = local.zoo[count.index].vcpus
  ram         = local.zoo[count.index].ram
  disk        = local.zoo[count.index].disk
  description = "the flavor ${local.zoo[count.index].name}"
  is_public   = count.index == 0
  extra_specs = { "quota:cpu_limit" = local.zoo[count.index].vcpus * 1000 }
}
`

func TestAccFlavorData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	found := map[string]struct{ search, name string }{
		"name":        {`name = "m1.small"`, "m1.small"},
		"id":          {`flavor_id = "` + catalogue.FlavorID("c1.small") + `"`, "c1.small"},
		"exact":       {`vcpus = 2, ram = 2048, disk = 10`, "c1.small"},
		"public":      {`is_public = true`, "m1.large"},
		"description": {`description = "the flavor m1.medium"`, "m1.medium"},
		"bounds":      {`min_vcpus = 2, min_ram = 4096, min_disk = 41`, "m1.large"},
		"regex":       {`name_regex = "^c1[.]"`, "c1.small"},
		"smallest":    {`min_ram = 2048, smallest = true`, "m1.small"},
		"wide":        {`min_vcpus = 2, smallest = true`, "c1.small"},
	}
	config, checks := zoo, []resource.TestCheckFunc{}
	for address, one := range found {
		config += data("flavor", address, one.search)
		checks = append(checks, resource.TestCheckResourceAttr("data.novasphere_compute_flavor."+address, "name", one.name))
	}
	checks = append(checks,
		resource.TestCheckResourceAttr("data.novasphere_compute_flavor.name", "ram", "2048"),
		resource.TestCheckResourceAttr("data.novasphere_compute_flavor.name", "id", catalogue.FlavorID("m1.small")),
		resource.TestCheckResourceAttr("data.novasphere_compute_flavor.exact", "extra_specs.quota:cpu_limit", "2000"))
	config += data("flavors", "all", "") + data("flavors", "some", `min_ram = 4096, name_regex = "m1"`) +
		data("flavors", "none", `min_ram = 99999`)
	for i, name := range []string{"m1.small", "c1.small", "m1.medium", "m1.large"} {
		all := "data.novasphere_compute_flavors.all"
		checks = append(checks, listed(all, "names", i, name), listed(all, "ids", i, catalogue.FlavorID(name)),
			resource.TestCheckResourceAttr(all, fmt.Sprintf("flavors.%d.name", i), name))
	}
	checks = append(checks,
		resource.TestCheckResourceAttr("data.novasphere_compute_flavors.some", "names.#", "2"),
		listed("data.novasphere_compute_flavors.some", "names", 0, "m1.medium"),
		resource.TestCheckResourceAttr("data.novasphere_compute_flavors.none", "names.#", "0"))
	wrong := func(search, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", zoo+data("flavor", "wrong", search)), ExpectError: says(text)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", zoo)},
			{Config: vc.Config("", config), Check: resource.ComposeAggregateTestCheckFunc(checks...)},
			wrong(`ram = 2048`,
				`2 flavors fit: "m1.small" (1 vcpus, 2048 MB, 20 GiB), "c1.small" (2 vcpus, 2048 MB, 10 GiB); narrow the search, or set `+
					`smallest = true.`),
			wrong(`name = "m1.smal"`, `no flavor "m1.smal" in the catalogue; the nearest names are "m1.small"`),
			wrong(`flavor_id = "7"`, `no flavor "7" in the catalogue`),
			wrong(`name = "m1.small", ram = 1`, `no flavor fits; there are "m1.small" (1 vcpus, 2048 MB, 20 GiB)`),
			wrong(`name_regex = "("`, `name_regex: "(" is not a regular expression`),
		},
	})
}

func TestAccFlavorDataWithoutAny(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", data("flavors", "all", "")), Check: resource.TestCheckResourceAttr("data.novasphere_compute_flavors.all",
				"names.#", "0")},
			{Config: vc.Config("", data("flavor", "one", `min_ram = 1`)), ExpectError: says("no flavor fits: the datacenter has none yet")},
			{Config: vc.Config("", data("flavor", "one", `name = "m1"`)), ExpectError: says(`no flavor "m1": this datacenter has no flavors yet`)},
			{Config: vc.Config("", data("keypair", "one", `name = "anna"`)), ExpectError: says(`no key pair "anna": this datacenter has none yet`)},
		},
	})
	if vc.Catalogue() != nil {
		t.Error("looking for something made a catalogue")
	}
}
