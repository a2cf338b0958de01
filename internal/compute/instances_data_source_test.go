// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

// herd defines instances of two flavors.
const herd = `
resource "novasphere_compute_flavor" "f" {
  count = 2
  name  = ["m1.small", "m1.large"][count.index]
  vcpus = [1, 4][count.index]
  ram   = [1024, 4096][count.index]
  disk  = 20
}
locals {
  herd = [
    { name = "web-1", flavor = 0, metadata = { role = "web", tier = "1" }, tags = ["blue", "green"] },
    { name = "web-0", flavor = 1, metadata = { role = "web" }, tags = ["blue"] },
    { name = "db-0", flavor = 1, metadata = { role = "db" }, tags = [] },
  ]
}
resource "novasphere_compute_instance" "it" {
  count       = 3
  name        = local.herd[count.index].name
  flavor_name = novasphere_compute_flavor.f[local.herd[count.index].flavor].name
  image_name  = "debian-12"
  metadata    = local.herd[count.index].metadata
  tags        = local.herd[count.index].tags
  wait_for_ip = "0s"
}
`

func TestAccInstancesData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 10})
	after := "\n  depends_on = [novasphere_compute_instance.it]"
	searches := map[string]struct {
		search string
		names  []string
	}{
		"all":      {``, []string{"db-0", "web-0", "web-1"}},
		"regex":    {`name_regex = "^web-[0-9]$"`, []string{"web-0", "web-1"}},
		"flavor":   {`flavor = "m1.large"`, []string{"db-0", "web-0"}},
		"flavorid": {`flavor = "` + catalogue.FlavorID("m1.small") + `"`, []string{"web-1"}},
		"metadata": {`metadata = { role = "web" }`, []string{"web-0", "web-1"}},
		"both":     {"metadata = {\n role = \"web\"\n tier = \"1\" }", []string{"web-1"}},
		"tags":     {`tags = ["blue"]`, []string{"web-0", "web-1"}},
		"alltags":  {`tags = ["blue"` + "\n,\"green\"]", []string{"web-1"}},
		"empty":    {"flavor = \"\"\n project = \"\"\n metadata = {}\n tags = []\n name_regex = \"\"", []string{"db-0", "web-0", "web-1"}},
		"none":     {`flavor = "m1"`, nil},
	}
	config, checks := herd, []resource.TestCheckFunc{}
	for name, one := range searches {
		config += data("instances", name, one.search+after)
		at := "data.novasphere_compute_instances." + name
		for _, list := range []string{"names", "ids", "instances"} {
			checks = append(checks, resource.TestCheckResourceAttr(at, list+".#", fmt.Sprint(len(one.names))))
		}
		for i, name := range one.names {
			checks = append(checks, listed(at, "names", i, name), resource.TestCheckResourceAttr(at, fmt.Sprintf("instances.%d.name", i), name),
				resource.TestCheckResourceAttrPair(at, fmt.Sprintf("ids.%d", i),
					fmt.Sprintf("novasphere_compute_instance.it.%d", slices.Index([]string{"web-1", "web-0", "db-0"}, name)), "id"))
		}
	}
	const web, of = "novasphere_compute_instance.it.0", "data.novasphere_compute_instances.all"
	for _, same := range []string{"id", "flavor_id", "flavor_name", "image_id", "image_name", "power_state", "vcpus", "ram", "disk",
		"metadata.%", "metadata.tier", "tags.#", "created"} {
		checks = append(checks, resource.TestCheckResourceAttrPair(of, "instances.2."+same, web, same))
	}
	checks = append(checks, resource.TestCheckResourceAttr(of, "instances.2.project", ""), acctest.Check(func() error {
		if n := len(vc.VMs("OpenStack/*")); n != 8 {
			return fmt.Errorf("%d machines lie in the folder, not five of others and three of ours", n)
		}
		return nil
	}))
	wrong := func(search, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", herd+data("instances", "wrong", search)), ExpectError: says(text)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", config), Check: resource.ComposeAggregateTestCheckFunc(checks...),
				ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
			wrong(`name_regex = "("`, `name_regex: "(" is not a regular expression`),
			wrong(`project = "nobody"`, `project: no project "nobody": there is no folder "OpenStack/nobody" in dc1`),
		},
	})
}

// TestAccInstancesDataOfProjects: another project's instances are listed by its name, and not among one's own; a project without
// instances has an empty list.
func TestAccInstancesDataOfProjects(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	lists := data("instances", "own", "") + data("instances", "other", `project = "red"`) + `
output "own" { value = join(",", data.novasphere_compute_instances.own.names) }
output "other" { value = join(",", [for i in data.novasphere_compute_instances.other.instances : "${i.project}/${i.name}"]) }
`
	red := vc.NewWorkspace(t, wire, plain("name = \"theirs\"\n  wait_for_ip = \"0s\""), "NOVASPHERE_PROJECT=red")
	red.Apply()
	blue := vc.NewWorkspace(t, wire, lists, "NOVASPHERE_PROJECT=blue")
	if out := blue.Apply(); !strings.Contains(out, `own = ""`) || !strings.Contains(out, `other = "red/theirs"`) {
		t.Errorf("blue sees\n%s", out)
	}
	none := vc.NewWorkspace(t, wire, lists)
	if out := none.Apply(); !strings.Contains(out, `own = ""`) || !strings.Contains(out, `other = "red/theirs"`) {
		t.Errorf("without a project one sees\n%s", out)
	}
	red.Destroy()
}
