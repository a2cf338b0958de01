// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const described = `name = "web"
  description = "the first"
  key_pair    = novasphere_compute_keypair.anna.name
  user_data   = "#cloud-config"
  metadata    = { role = "web" }
  tags        = ["blue", "green"]
  network { name = "public" }
  network {
    name           = "private"
    access_network = true
  }`

func TestAccInstanceData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	whole := keyPair("anna", "anna", fmt.Sprintf("%q", publicKey)) + plain(described) + attachment("private", "")
	after := "depends_on = [novasphere_compute_interface_attach.it]"
	config := vc.Config("", whole+data("instance", "id", "id = upper(novasphere_compute_instance.it.id)\n"+after)+
		data("instance", "name", "name = \"web\"\n"+after)+
		data("instance", "both", "id = novasphere_compute_instance.it.id\n  name = \"web\"\n  region = \"\"\n"+after))
	var checks []resource.TestCheckFunc
	for _, address := range []string{"id", "name", "both"} {
		at := "data.novasphere_compute_instance." + address
		for _, same := range []string{"name", "description", "flavor_id", "flavor_name", "image_id", "image_name", "key_pair", "user_data",
			"power_state", "vcpus", "ram", "disk",
			"access_ip_v4", "access_ip_v6", "created", "metadata.%", "metadata.role", "tags.#", "tags.0", "all_metadata.%", "all_metadata.role",
			"all_tags.#",
			"network.0.uuid", "network.0.name", "network.0.port", "network.0.mac", "network.0.fixed_ip_v4", "network.1.uuid", "network.1.mac",
			"network.1.access_network"} {
			checks = append(checks, resource.TestCheckResourceAttrPair(at, same, it, same))
		}
		checks = append(checks, resource.TestCheckResourceAttr(at, "network.#", "3"),
			resource.TestCheckResourceAttr(at, "network.1.attached", "false"),
			resource.TestCheckResourceAttr(at, "network.2.attached", "true"), resource.TestCheckResourceAttrPair(at, "network.2.mac", nic, "mac"),
			resource.TestCheckResourceAttrPair(at, "network.2.port", nic, "port_id"),
			resource.TestCheckResourceAttr(at, "network.2.name", "private"))
	}
	checks = append(checks, resource.TestCheckResourceAttrPair("data.novasphere_compute_instance.name", "id", it, "id"),
		func(s *terraform.State) error {
			is, vm := s.RootModule().Resources["data.novasphere_compute_instance.id"].Primary.Attributes, vc.VM("OpenStack/web")
			return differ(map[string]any{"id": is["id"], "mac": is["network.0.mac"], "vcpus": is["vcpus"]},
				map[string]any{"id": strings.ToUpper(vm.Config.InstanceUuid), "mac": cardsOf(vm)[0].MacAddress,
					"vcpus": fmt.Sprint(vm.Config.Hardware.NumCPU)})
		})
	wrong := func(search, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", whole+data("instance", "wrong", search)), ExpectError: says(text)}
	}
	const nobody = "5016e8a5-7c3c-4d11-8f38-2b6e0a6bd7a4"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeAggregateTestCheckFunc(checks...),
				ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
			wrong(``, "id: which instance? Write its id or its name"),
			wrong(`id = "web"`, `id: "web" is no instance's id, which is a UUID`),
			wrong(`id = "`+nobody+`"`, `no VM has the instance UUID `+nobody),
			wrong(`name = "wep"`, `no instance "wep" in the folder /dc1/vm/OpenStack; the nearest names are "web"`),
			wrong("id = novasphere_compute_instance.it.id\n  name = \"db\"", `is called "web", not "db": leave one of id and name out`),
		},
	})
}

// TestAccInstanceDataOfForeignMachine: of a foreign VM the data source shows what the VM itself holds.
func TestAccInstanceDataOfForeignMachine(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	foreign(t, vc, "theirs")
	at := "data.novasphere_compute_instance.it"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{Config: vc.Config("", data("instance", "it", `name = "theirs"`)+data("instances", "all", "")),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(at, "flavor_name", ""), resource.TestCheckResourceAttr(at, "vcpus", "2"),
				resource.TestCheckResourceAttr(at, "ram", "2048"),
				resource.TestCheckResourceAttr(at, "network.#", "1"), resource.TestCheckResourceAttr(at, "network.0.name", "public"),
				resource.TestCheckResourceAttr(at, "id", vc.VM("OpenStack/theirs").Config.InstanceUuid),
				resource.TestCheckResourceAttr("data.novasphere_compute_instances.all", "ids.#", "0"))}},
	})
}
