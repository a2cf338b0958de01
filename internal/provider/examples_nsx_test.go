// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestAccExamplesOnNSX: every example for NSX applies but for what the provider's block nsx has, has an empty second plan, and is destroyed
// without a trace.
func TestAccExamplesOnNSX(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "examples", "resources", "*", "resource_nsx.tf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples found: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
			settings, resources := onNSX(t, configuration(t, file))
			config := vc.Config(settings, resources)
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps:                    []resource.TestStep{{Config: config}, {Config: config, PlanOnly: true}},
			})
			if left := vc.NSX.Left(); len(left) > 0 {
				t.Errorf("NSX still has %v", left)
			}
			if left := vc.Records(); left != "" {
				t.Errorf("records are left:\n%s", left)
			}
		})
	}
}

// ownProvider matches a block provider with a block nsx as its last.
var ownProvider = regexp.MustCompile(`(?s)provider "novasphere" \{\n(.*?)\n?  nsx \{.*?\}\n\}\n`)

// onNSX returns the arguments of a configuration's provider block, without its block nsx, and the rest of the configuration.
func onNSX(t *testing.T, config string) (settings, rest string) {
	t.Helper()
	found := ownProvider.FindStringSubmatch(config)
	if found == nil {
		t.Fatalf("no provider block with a block nsx is in:\n%s", config)
	}
	return found[1], strings.Replace(config, found[0], "", 1)
}
