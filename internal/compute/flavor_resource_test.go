// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

const (
	catalogueVM    = "novasphere/novasphere-catalogue"
	flavorResource = "novasphere_compute_flavor.it"
)

// record reads one record of the catalogue in its stored form.
func record[T any](vc *acctest.VCenter, kind, id string) (value T, err error) {
	text, ok := vc.Catalogue()["novasphere."+kind+"."+id]
	if !ok {
		return value, fmt.Errorf("the catalogue has no %s %s", kind, id)
	}
	var envelope struct{ Value json.RawMessage }
	if err := json.Unmarshal([]byte(text), &envelope); err != nil {
		return value, err
	}
	return value, json.Unmarshal(envelope.Value, &value)
}

// recorded checks a flavor's record.
func recorded(vc *acctest.VCenter, want openstack.Flavor) resource.TestCheckFunc {
	return acctest.Check(func() error {
		have, err := record[openstack.Flavor](vc, "flavor", want.ID)
		if err == nil && !reflect.DeepEqual(have, want) {
			err = fmt.Errorf("the record is %+v, not %+v", have, want)
		}
		return err
	})
}

// noRecords checks that a kind has no record left in an existing catalogue.
func noRecords(vc *acctest.VCenter, kind string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		all := vc.Catalogue()
		if all == nil {
			return fmt.Errorf("the catalogue itself is gone")
		}
		for key := range all {
			if strings.HasPrefix(key, "novasphere."+kind+".") {
				return fmt.Errorf("%s is left", key)
			}
		}
		return nil
	})
}

func action(of string, what plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(of, what)}}
}

func TestAccFlavor(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(rest string) string {
		return vc.Config("", `
resource "novasphere_compute_flavor" "it" {
  name  = "m1.small"
  vcpus = 2
  disk  = 20
`+rest+"\n}\n")
	}
	small := openstack.Flavor{ID: catalogue.FlavorID("m1.small"), Name: "m1.small", VCPUs: 2, RAM: 4096, Disk: 20, RxTxFactor: 1}
	described, public, large := small, small, small
	public.IsPublic, public.RxTxFactor = true, 2
	described.Description, described.ExtraSpecs = "for the web", map[string]string{"quota:cpu_limit": "2000", "quota:cpu_reservation": "500"}
	large.RAM, large.Ephemeral, large.Swap, large.RxTxFactor, large.IsPublic = 8192, 5, 512, 1.5, true
	last := `ram = 8192
  ephemeral = 5
  swap = 512
  rx_tx_factor = 1.5
  is_public = true`
	gone := map[string]string{"novasphere.flavor." + small.ID: ""}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noRecords(vc, "flavor"),
		Steps: []resource.TestStep{
			{Config: config("ram = 4096"), Check: resource.ComposeTestCheckFunc(recorded(vc, small),
				resource.TestCheckResourceAttr(flavorResource, "id", small.ID))},
			{Config: config("ram = 4096\n description = \"for the web\"\n extra_specs = { \"quota:cpu_limit\" = \"2000\", " +
				"\"quota:cpu_reservation\" = 500 }"),
				ConfigPlanChecks: action(flavorResource, plancheck.ResourceActionUpdate), Check: recorded(vc, described)},
			{Config: config("ram = 4096\n is_public = true\n rx_tx_factor = 2"),
				ConfigPlanChecks: action(flavorResource, plancheck.ResourceActionUpdate), Check: recorded(vc, public)},
			{ResourceName: flavorResource, ImportState: true, ImportStateVerify: true},
			{ResourceName: flavorResource, ImportState: true, ImportStateVerify: true, ImportStateId: "m1.small"},
			{ResourceName: flavorResource, ImportState: true, ImportStateId: "m1.smal",
				ExpectError: says(`no flavor "m1.smal" in the catalogue; the nearest names are "m1.small"`)},
			{Config: config(last), ConfigPlanChecks: action(flavorResource, plancheck.ResourceActionDestroyBeforeCreate),
				Check: recorded(vc, large)},
			{PreConfig: func() { setExtra(t, vc, catalogueVM, gone) }, Config: config(last),
				ConfigPlanChecks: action(flavorResource, plancheck.ResourceActionCreate), Check: recorded(vc, large)},
			{PreConfig: func() { setExtra(t, vc, catalogueVM, gone) }, Config: config(last), Destroy: true},
		},
	})
}

func TestAccFlavorIDAndDuplicates(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	flavor := func(address, id, name string) string {
		return fmt.Sprintf("resource \"novasphere_compute_flavor\" %q {\n  flavor_id = %s\n  name = %q\n  vcpus = 1\n  ram = 512\n  disk = "+
			"0\n}\n", address, id, name)
	}
	three := openstack.Flavor{ID: "3", Name: "m1.medium", VCPUs: 1, RAM: 512, RxTxFactor: 1}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             noRecords(vc, "flavor"),
		Steps: []resource.TestStep{
			{Config: vc.Config("", flavor("it", `"3"`, "m1.medium")), Check: recorded(vc, three)},
			{Config: vc.Config("", flavor("it", `"3"`, "m1.medium")+flavor("other", "null", "m1.medium")),
				ExpectError: says(`name: the flavor "m1.medium" exists already: choose another name. Look into the states of other workspaces first`)},
			{Config: vc.Config("", flavor("it", `"3"`, "m1.medium")+flavor("other", `"3"`, "m1.other")),
				ExpectError: says(`flavor_id: the flavor id "3" belongs to the flavor "m1.medium": choose another.`)},
			{Config: vc.Config("", flavor("it", "null", "m1.medium")), PlanOnly: true},
			{ResourceName: flavorResource, ImportState: true, ImportStateVerify: true, ImportStateId: "3"},
			{Config: vc.Config("", flavor("it", `"4"`, "m1.medium")), ConfigPlanChecks: action(flavorResource,
				plancheck.ResourceActionDestroyBeforeCreate)},
		},
	})
}

func TestAccFlavorOfALostCatalogue(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", `resource "novasphere_compute_flavor" "it" {
  name  = "m1.small"
  vcpus = 2
  ram   = 4096
  disk  = 20
}`)
	rename := func(from, to string) func() {
		return func() { reconfigured(t, vc, "novasphere/"+from, renamed(to)) }
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: rename("novasphere-catalogue", "away"), Config: config,
				ExpectError: says("is in the state, but the catalogue VM is missing")},
			{PreConfig: rename("away", "novasphere-catalogue"), Config: config, PlanOnly: true},
		},
	})
}

func TestFlavorPlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		specs     map[string]any
		at, wrong string
	}{
		"a limit that is no number": {map[string]any{"quota:cpu_limit": "abc"}, `extra_specs["quota:cpu_limit"]`,
			`"abc" is not a whole number`},
		"an unknown level": {map[string]any{"quota:memory_shares_level": "bogus"}, `extra_specs["quota:memory_shares_level"]`,
			`"bogus" is not a share level: write low, normal, high or custom`},
		"shares without their level": {map[string]any{"quota:cpu_shares_level": "high", "quota:cpu_shares_share": "100"},
			`extra_specs["quota:cpu_shares_share"]`, `goes with quota:cpu_shares_level = "custom" only`},
		"a reservation above its limit": {map[string]any{"quota:vif_limit": "10", "quota:vif_reservation": "11"},
			`extra_specs["quota:vif_reservation"]`, "quota:vif_reservation (11) is above quota:vif_limit (10)"},
		"a switch that is neither": {map[string]any{"vmware:cpu_hot_add": "maybe"}, `extra_specs["vmware:cpu_hot_add"]`,
			"neither true nor false"},
		"an impossible topology": {map[string]any{"hw:cpu_max_sockets": "1", "hw:cpu_max_cores": "1"}, "extra_specs",
			"2 vcpus cannot be split"},
	} {
		t.Run(name, func(t *testing.T) {
			heard, _ := planned(t, nil, "novasphere_compute_flavor", flavorOf(c.specs))
			if len(heard) != 1 || heard[0].Attribute != c.at || !strings.Contains(heard[0].Text, c.wrong) {
				t.Errorf("heard %v, not %q at %s", heard, c.wrong, c.at)
			}
		})
	}
}

func flavorOf(specs map[string]any) map[string]any {
	return map[string]any{"name": "m1", "vcpus": 2, "ram": 512, "disk": 0, "extra_specs": specs}
}

func TestFlavorPlanNamesForeignKeysOnce(t *testing.T) {
	t.Parallel()
	heard, plan := planned(t, nil, "novasphere_compute_flavor", flavorOf(map[string]any{
		"hw:mem_page_size": "large", "hw:pmu": "true", "xen:pv": "1", "os:vtpm": "required", "trait:HW_CPU_X86_AVX2": "required",
		"quota:cpu_limit": "1000"}))
	const list = "kept without effect: hw:pmu, os:vtpm, trait:HW_CPU_X86_AVX2, xen:pv."
	if len(heard) != 1 || !strings.Contains(heard[0].Text, list) || heard[0].Attribute != "extra_specs" {
		t.Errorf("heard %v, not one warning that says %q", heard, list)
	}
	if id := plan["flavor_id"]; !id.IsKnown() || id.IsNull() {
		t.Errorf("the id is %s, though the name decides it", id)
	}
}

func TestFlavorPlanNamesTheKeyThatWasMeant(t *testing.T) {
	t.Parallel()
	heard, _ := planned(t, nil, "novasphere_compute_flavor", flavorOf(map[string]any{"quota:cpu_limits": "1000", "hw:cpu_core": "2",
		"quota:cpu": "1"}))
	const list = "kept without effect: hw:cpu_core (did you mean hw:cpu_cores?), quota:cpu, quota:cpu_limits (did you mean quota:cpu_limit?)."
	if len(heard) != 1 || !strings.Contains(heard[0].Text, list) {
		t.Errorf("heard %v, not one warning that says %q", heard, list)
	}
}
