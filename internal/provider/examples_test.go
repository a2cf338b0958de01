package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Every example applies as it stands, leaves nothing to do for a second plan,
// and can be destroyed; or it says at its head how it is refused, and is. They share one vCenter, so none may leave anything
// that is in another's way.
func TestAccExamples(t *testing.T) {
	sim := acctest.Start(t, vcsim.Options{})
	t.Setenv("VSPHERE_SERVER", sim.Server())
	t.Setenv("VSPHERE_USER", sim.User)
	t.Setenv("VSPHERE_PASSWORD", sim.Password)
	t.Setenv("NOVASPHERE_CA_FILE", sim.CAFile)

	for _, file := range examples(t) {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			steps := []resource.TestStep{{
				Config: configuration(t, file),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
			}}
			if sentence := refusal(t, file); sentence != "" {
				said := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(sentence), " ", `[\s│]+`)) // however the CLI breaks its lines
				steps = []resource.TestStep{{Config: configuration(t, file), PlanOnly: true, ExpectError: said}, {Config: `provider "novasphere" {}`}}
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps})
			if left := sim.VMs("OpenStack/*"); len(left) > 0 {
				t.Errorf("%d instances are left", len(left))
			}
		})
	}
}

// refusal is how an example is refused, as the comment at its head says; empty
// where it applies.
func refusal(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rest, refused := strings.CutPrefix(string(text), "# Refused in this version:\n")
	if !refused {
		return ""
	}
	var sentence []string
	for line := range strings.Lines(rest) {
		words, comment := strings.CutPrefix(line, "# ")
		if !comment {
			break
		}
		sentence = append(sentence, strings.TrimSpace(words))
	}
	if len(sentence) == 0 {
		t.Fatalf("%s does not say how it is refused", file)
	}
	return strings.Join(sentence, " ")
}

// configuration is an example's text. The test framework copies it elsewhere,
// so the files beside it are named by their whole path.
func configuration(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "${path.module}", filepath.ToSlash(dir))
}

// examples are the configurations below examples/.
func examples(t *testing.T) []string {
	t.Helper()
	var all []string
	// quickstart alone: three-tier, platform, tenant and openstack-catalogue have tests of their own (TestAccThreeTier, TestAccPlatformAndTenant,
	// TestOpenStackCatalogue), because the framework of this one reads no resources with for_each.
	for _, pattern := range []string{"quickstart/*.tf", "resources/*/resource.tf", "data-sources/*/data-source.tf", "ephemeral-resources/*/ephemeral-resource.tf"} {
		files, err := filepath.Glob(filepath.Join(root, "examples", pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	if len(all) == 0 {
		t.Fatal("no examples found")
	}
	return all
}
