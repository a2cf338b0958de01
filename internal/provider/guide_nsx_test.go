package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestAccGuideOnNSX: the configuration that the guide "Networks on NSX" begins with applies as it stands, but for the provider's arguments.
func TestAccGuideOnNSX(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "templates/guides/networks-on-nsx.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, first, _ := strings.Cut(string(text), "```terraform\n")
	first, _, found := strings.Cut(first, "```")
	_, config, apart := strings.Cut(first, "\n}\n") // the provider block stands first
	if !found || !apart || !strings.HasPrefix(first, "provider ") {
		t.Fatalf("the guide begins with %q", first)
	}
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	const flavor = `
resource "novasphere_compute_flavor" "small" {
  name  = "g1.small"
  vcpus = 1
  ram   = 2048
  disk  = 20
}
`
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", flavor)},
			{Config: vc.Config("", flavor+config), Check: acctest.Check(func() error {
				if ports := vc.NSX.Paths("SegmentPort"); len(ports) != 1 {
					t.Errorf("NSX has the ports %v", ports)
				}
				return nil
			})},
			{Config: vc.Config("", flavor+config), PlanOnly: true},
		},
		CheckDestroy: acctest.Check(func() error {
			if left := vc.NSX.Left(); len(left) > 0 {
				t.Errorf("NSX still has %v", left)
			}
			return nil
		}),
	})
}
