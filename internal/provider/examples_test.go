// SPDX-License-Identifier: MPL-2.0

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

// TestAccExamples: every example applies unchanged, has an empty second plan, and is destroyed without a trace; or the comment at its
// head states how it is refused, and it is.
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

// TestAccExamplesOfActions: every example of an action applies unchanged, has an empty second plan, and is destroyed; by a Terraform that
// has actions.
func TestAccExamplesOfActions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "examples", "actions", "*", "action.tf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			ws := vc.NewVerbsWorkspace(t, vc.Wire(t), configuration(t, file))
			ws.Apply()
			ws.PlanIsEmpty()
			ws.Destroy()
		})
	}
}

// refusal returns the refusal that the comment at an example's head states, or "" where it applies.
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

// ownTerraform matches a block terraform, which a workspace has already.
var ownTerraform = regexp.MustCompile(`(?ms)^terraform \{\n.*?^\}\n`)

// configuration returns an example's text in the form for a workspace, with the files beside it named by their whole path.
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

// examples returns the configurations below examples/.
func examples(t *testing.T) []string {
	t.Helper()
	var all []string
	// Of the others only quickstart: three-tier, three-tier-nsx, platform, tenant, database, physical-gateway, two-regions and
	// openstack-catalogue have their own tests (TestAccThreeTier, TestAccThreeTierOnNSX, TestAccPlatformAndTenant, TestAccDatabase,
	// TestAccPhysicalGateway, TestAccTwoRegions, TestOpenStackCatalogue).
	for _, pattern := range []string{"quickstart/*.tf", "resources/*/resource.tf", "data-sources/*/data-source.tf",
		"ephemeral-resources/*/ephemeral-resource.tf", "functions/*/function.tf"} {
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
