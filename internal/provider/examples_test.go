package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Every example applies as it stands, leaves nothing to do for a second plan, and can be destroyed without a trace; or it says at its head
// how it is refused, and is.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	for _, file := range examples(t) {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			if sentence := refusal(t, file); sentence != "" {
				protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{{
					Config: vc.Config("", configuration(t, file)), ExpectError: regexp.MustCompile(`^Error: [^\n]*` + regexp.QuoteMeta(sentence))}}})
				return
			}
			ws := vc.NewWorkspace(t, vc.Wire(t), configuration(t, file))
			ws.Apply()
			ws.PlanIsEmpty()
			ws.Destroy()
			if left := vc.VMs("OpenStack/*"); len(left) > 0 {
				t.Errorf("%d instances are left", len(left))
			}
			if left := vc.Records(); left != "" {
				t.Errorf("records are left:\n%s", left)
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

// ownTerraform is a block terraform, of which a workspace has one already.
var ownTerraform = regexp.MustCompile(`(?ms)^terraform \{\n.*?^\}\n`)

// configuration is an example's text, as a workspace wants it, where the files beside it are named by their whole path.
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
	return strings.ReplaceAll(ownTerraform.ReplaceAllString(string(text), ""), "${path.module}", filepath.ToSlash(dir))
}

// examples are the configurations below examples/.
func examples(t *testing.T) []string {
	t.Helper()
	var all []string
	// quickstart alone: three-tier, platform, tenant and openstack-catalogue have tests of their own (TestAccThreeTier,
	// TestAccPlatformAndTenant, TestOpenStackCatalogue).
	for _, pattern := range []string{"quickstart/*.tf", "resources/*/resource.tf", "data-sources/*/data-source.tf",
		"ephemeral-resources/*/ephemeral-resource.tf"} {
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
