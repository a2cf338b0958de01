package provider_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// Every example applies as it stands, leaves nothing to do for a second plan,
// and can be destroyed. They share one vCenter, so none may leave anything
// that is in another's way.
func TestAccExamples(t *testing.T) {
	startVCenter(t)
	for _, dir := range examples(t) {
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
					"novasphere": providerserver.NewProtocol6WithError(provider.New("test")()),
				},
				Steps: []resource.TestStep{{
					ConfigDirectory: config.StaticDirectory(dir),
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
				}},
			})
		})
	}
}

// startVCenter starts a simulated vCenter and points the environment at it.
func startVCenter(t *testing.T) {
	t.Helper()
	sim, err := vcsim.Start(vcsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	t.Setenv("VSPHERE_SERVER", sim.Server())
	t.Setenv("VSPHERE_USER", sim.User)
	t.Setenv("VSPHERE_PASSWORD", sim.Password)
	t.Setenv("VSPHERE_ALLOW_UNVERIFIED_SSL", "true")
}

// examples are the directories below examples/ that hold a configuration.
func examples(t *testing.T) []string {
	t.Helper()
	var dirs []string
	for _, pattern := range []string{"*/*.tf", "resources/*/resource.tf", "data-sources/*/data-source.tf"} {
		files, err := filepath.Glob(filepath.Join(root, "examples", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	if len(dirs) == 0 {
		t.Fatal("no examples found")
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
