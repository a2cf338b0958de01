// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

const instances = "novasphere_compute_instance"

// listedNames are the display names of what a list finds, without errors.
func listedNames(t *testing.T, p *protocol.Provider, filters map[string]any) []string {
	t.Helper()
	all, said := p.List(instances, filters, 0, false)
	if len(said) > 0 {
		t.Errorf("%v: %v", filters, said)
	}
	names := []string{}
	for _, one := range all {
		names = append(names, one.Name)
	}
	return names
}

// TestInstanceList: the list finds the instances that its filters want, sorted by name, under the ids that the vCenter has.
func TestInstanceList(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 3})
	check := func() error {
		p := vc.Provider(t, nil)
		for _, search := range []struct {
			filters map[string]any
			names   []string
		}{
			{nil, []string{"db-0", "web-0", "web-1"}},
			{map[string]any{"name_regex": "^web-[0-9]$"}, []string{"web-0", "web-1"}},
			{map[string]any{"flavor": "m1.large"}, []string{"db-0", "web-0"}},
			{map[string]any{"flavor": catalogue.FlavorID("m1.small")}, []string{"web-1"}},
			{map[string]any{"image": "debian-12", "metadata": map[string]any{"tier": "1"}}, []string{"web-1"}},
			{map[string]any{"tags": []any{"blue", "green"}}, []string{"web-1"}},
			{map[string]any{"availability_zone": "nova"}, []string{"db-0", "web-0", "web-1"}},
			{map[string]any{"availability_zone": "elsewhere"}, []string{}},
			{map[string]any{"image": "ubuntu-24.04"}, []string{}},
		} {
			if names := listedNames(t, p, search.filters); !slices.Equal(names, search.names) {
				t.Errorf("%v: %v", search.filters, names)
			}
		}
		all, _ := p.List(instances, nil, 0, false)
		for _, one := range all {
			want := map[string]string{"id": strings.ToLower(vc.VM("OpenStack/" + one.Name).Config.InstanceUuid), "region": "",
				"vcenter": vc.Client().ServiceContent.About.InstanceUuid, "datacenter": one.Identity["datacenter"]}
			if !maps.Equal(one.Identity, want) || !strings.HasPrefix(want["datacenter"], "datacenter-") || !one.Object.IsNull() {
				t.Errorf("%s: %v, %v", one.Name, one.Identity, one.Object)
			}
		}
		return nil
	}
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{
		{Config: vc.Config("", herd), Check: acctest.Check(check)}}})
}

// TestInstanceListWhole: a listed instance is what an import of its identity gives, and the configuration that is generated for it plans
// nothing.
func TestInstanceListWhole(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	check := func() error {
		p := vc.Provider(t, nil)
		all, said := p.List(instances, nil, 0, true)
		if len(all) != 3 || len(said) > 0 {
			return fmt.Errorf("%d are listed: %v", len(all), said)
		}
		for _, one := range all {
			vc.Provider(t, nil).TakesOver(instances, one)
		}
		return nil
	}
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{
		{Config: vc.Config("", various), Check: acctest.Check(check)}}})
}
