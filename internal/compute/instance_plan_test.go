// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

// flavors defines the flavors that the planned instances choose from.
const flavors = `
locals {
  flavors = [
    { name = "m1.small",  vcpus = 2, ram = 2048, disk = 20, extra_specs = null },
    { name = "m1.tiny",   vcpus = 1, ram = 512,  disk = 1,  extra_specs = null },
    { name = "m1.odd",    vcpus = 1, ram = 511,  disk = 20, extra_specs = null },
    { name = "m1.large",  vcpus = 4, ram = 4096, disk = 40, extra_specs = null },
    { name = "m1.wide",   vcpus = 1, ram = 1024, disk = 40, extra_specs = null },
    { name = "hot.small", vcpus = 2, ram = 4096, disk = 20,
      extra_specs = { "vmware:cpu_hot_add" = "true", "vmware:memory_hot_add" = "true" } },
    { name = "hot.large", vcpus = 4, ram = 8192, disk = 20,
      extra_specs = { "vmware:cpu_hot_add" = "true", "vmware:memory_hot_add" = "true" } },
  ]
}
resource "novasphere_compute_flavor" "all" {
  count       = length(local.flavors)
  name        = local.flavors[count.index].name
  vcpus       = local.flavors[count.index].vcpus
  ram         = local.flavors[count.index].ram
  disk        = local.flavors[count.index].disk
  extra_specs = local.flavors[count.index].extra_specs
}
resource "novasphere_compute_flavor" "swapping" {
  name  = "m1.swap"
  vcpus = 1
  ram   = 512
  disk  = 20
  swap  = 512
}
`

// wish returns the configuration of an instance that can be planned, with some arguments replaced.
func wish(other map[string]any) map[string]any {
	config := map[string]any{"name": "web", "flavor_name": "m1.small", "image_name": "debian-12"}
	for key, value := range other {
		config[key] = value
	}
	return config
}

func nics(blocks ...any) map[string]any { return map[string]any{"network": blocks} }

// planCase holds arguments beside a plain instance, and the result of its plan: none, or one text at an argument.
type planCase struct {
	other map[string]any
	level tfprotov6.DiagnosticSeverity
	at    string
	text  string
}

// testPlans plans an instance for each case.
func testPlans(t *testing.T, vc *acctest.VCenter, cases map[string]planCase) resource.TestCheckFunc {
	return acctest.Check(func() error {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				heard, _ := planned(t, vc, "novasphere_compute_instance", wish(c.other))
				if c.text == "" && len(heard) > 0 {
					t.Errorf("heard %v", heard)
				}
				if c.text != "" && (len(heard) != 1 || heard[0].Severity != c.level || heard[0].Attribute != c.at ||
					!strings.Contains(heard[0].Text, c.text)) {
					t.Errorf("heard %v, not %v %q at %s", heard, c.level, c.text, c.at)
				}
			})
		}
		return nil
	})
}

// incompressible returns user data that no compression makes small enough for a guest.
func incompressible() string {
	noise := strings.Builder{}
	for i := 0; noise.Len() < 100<<10; i++ {
		fmt.Fprintf(&noise, "%x", i*i*2654435761)
	}
	return noise.String()
}

// lookups returns instances whose names and ids are looked up.
func lookups(vc *acctest.VCenter) map[string]planCase {
	const warning, failure = tfprotov6.DiagnosticSeverityWarning, tfprotov6.DiagnosticSeverityError
	return map[string]planCase{
		"no flavor": {map[string]any{"flavor_name": ""}, failure, "flavor_name",
			"an instance needs a flavor: write flavor_name or flavor_id"},
		"unknown flavor": {map[string]any{"flavor_name": "m1.smal"}, warning, "flavor_name", `the nearest names are "m1.small"`},
		"unknown flavor id": {map[string]any{"flavor_name": nil, "flavor_id": "7"}, warning, "flavor_id",
			`no flavor "7" in the catalogue`},
		"a flavor's name as id": {map[string]any{"flavor_name": nil, "flavor_id": "m1.small"}, warning, "flavor_id",
			`the flavor of that name has the id "` + catalogue.FlavorID("m1.small") + `"`},
		"id and name disagree": {map[string]any{"flavor_name": "m1.tiny", "flavor_id": catalogue.FlavorID("m1.small")}, failure, "flavor_id",
			`is called "m1.small", not "m1.tiny"`},
		"odd memory": {map[string]any{"flavor_name": "m1.odd"}, failure, "flavor_name",
			"has 511 MB of memory, and vSphere needs a multiple of 4: choose 512"},
		"small disk": {map[string]any{"flavor_name": "m1.tiny"}, failure, "flavor_name",
			"the flavor m1.tiny has a root disk of 1 GiB, and the image debian-12 needs 2: choose a larger flavor, or one with disk = 0"},
		"small disk by id": {map[string]any{"flavor_name": nil, "flavor_id": catalogue.FlavorID("m1.tiny")}, failure, "flavor_id",
			"the flavor m1.tiny has a root disk of 1 GiB"},
		"no image": {map[string]any{"image_name": nil}, failure, "image_name",
			"an instance needs an image: write image_name or image_id"},
		"unknown image": {map[string]any{"image_name": "debian"}, failure, "image_name",
			`no image (VM template or content library item) "debian" in datacenter dc1; the nearest names are "debian-12"`},
		"unknown image id": {map[string]any{"image_name": nil, "image_id": "4f2c0a66-0000-4000-8000-000000000000"}, failure, "image_id",
			"no VM template and no content library item has the id"},
		"unknown key pair": {map[string]any{"key_pair": "ana"}, warning, "key_pair",
			`no key pair "ana" in the catalogue; the nearest names are "anna"`},
		"a NIC without a network": {nics(map[string]any{"access_network": true}), failure, "network[0]",
			"network[0]: it names no network: write uuid, name or port"},
		"unknown network": {nics(map[string]any{"name": "public"}, map[string]any{"name": "privat"}), failure, "network[1]",
			`network[1]: no network "privat" in datacenter dc1; the nearest names are "private"`},
		"a network's id and name": {nics(map[string]any{"name": "private", "uuid": vc.Portgroup("public").Self.Value}), failure, "network[0]",
			`is not called "private"`},
		"too much user data": {map[string]any{"user_data": incompressible()}, failure, "user_data", "a guest can be handed 65536"},
		"too much metadata": {map[string]any{"metadata": map[string]any{"x": strings.Repeat("x", 60<<10)}}, failure, "metadata",
			"a guest can be handed 65536"},
		"nothing wrong": {map[string]any{"key_pair": "anna"}, 0, "", ""},
		"empty is unset": {map[string]any{"key_pair": "", "user_data": "", "flavor_id": "", "image_id": "",
			"network": []any{map[string]any{"name": "public", "uuid": ""}}}, 0, "", ""},
		"a name that is not known": {map[string]any{"flavor_name": tftypes.UnknownValue, "image_name": tftypes.UnknownValue,
			"key_pair": tftypes.UnknownValue, "user_data": tftypes.UnknownValue}, 0, "", ""},
	}
}

func TestAccInstancePlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{Config: vc.Config("", flavors+keyPair("anna", "anna", fmt.Sprintf("%q", publicKey))),
			Check: testPlans(t, vc, lookups(vc))}},
	})
}

func TestInstancePlanWithoutAProvider(t *testing.T) {
	t.Parallel()
	heard, plan := planned(t, nil, "novasphere_compute_instance", wish(nics(map[string]any{"name": "public"})))
	if len(heard) != 0 || plan["vcpus"].IsKnown() || plan["image_id"].IsKnown() {
		t.Errorf("heard %v, vcpus %s, image_id %s", heard, plan["vcpus"], plan["image_id"])
	}
}

// TestAccInstanceOfAProviderKnownLater: the vCenter's address is known only after the apply of another resource. Existing objects need
// it, new ones do not.
func TestAccInstanceOfAProviderKnownLater(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(input string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"address\" { input = %s }\n", input) +
			strings.Replace(vc.Config("", plain(`name = "web"`)), fmt.Sprintf("vsphere_server = %q", vc.Server()),
				"vsphere_server = terraform_data.address.output", 1)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config(fmt.Sprintf("%q", vc.Server())), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, created), plancheck.ExpectUnknownValue(it, tfjsonpath.New("ram"))}},
				Check: on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
					return differ(map[string]any{"memory": vm.Config.Hardware.MemoryMB}, map[string]any{"memory": int32(2048)})
				})},
			{Config: config(`"vcenter.example"`), ExpectError: says("The provider is not configured yet")},
			{Config: config(fmt.Sprintf("%q", vc.Server())), PlanOnly: true},
		},
	})
}

func TestAccInstanceKnowsItsFlavorAtPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	known := func(attribute string, value knownvalue.Check) plancheck.PlanCheck {
		return plancheck.ExpectKnownValue(it, tfjsonpath.New(attribute), value)
	}
	byName := strings.Replace(plain("name = \"web\"\n  key_pair = novasphere_compute_keypair.anna.name"),
		"flavor_id   = novasphere_compute_flavor.small.id", "flavor_name = novasphere_compute_flavor.small.name", 1) +
		keyPair("anna", "anna", fmt.Sprintf("%q", publicKey))
	recorder := &protocol.Recorder{}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{{Config: vc.Config("", byName), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			known("vcpus", knownvalue.Int64Exact(2)), known("ram", knownvalue.Int64Exact(2048)), known("disk", knownvalue.Int64Exact(20)),
			known("flavor_id", knownvalue.StringExact(catalogue.FlavorID("m1.small"))),
			known("image_id", knownvalue.StringExact(vc.VM("images/debian-12").Config.InstanceUuid)), known("all_tags", knownvalue.SetSizeExact(0)),
		}}}},
	})
	if all := recorder.Warnings("plan", ""); len(all) > 0 {
		t.Errorf("warnings: %v", all)
	}
}
