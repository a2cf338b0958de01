// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestStartWithNSX: the block is in configurations and settings as long as the NSX is wanted, and the provider takes it.
func TestStartWithNSX(t *testing.T) {
	t.Parallel()
	v := acctest.StartWithNSX(t, acctest.NSXOptions{})
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{
		{Config: v.Config("", `data "novasphere_compute_flavors" "all" {}`)}}})
	v.Provider(t, nil)
	if v.Settings(nil)["nsx"] == nil || !strings.Contains(v.Config("", ""), "nsx {") {
		t.Error("there is no block nsx")
	}
	v.NSX = nil
	if v.Settings(nil)["nsx"] != nil || strings.Contains(v.Config("", ""), "nsx {") {
		t.Error("there is a block nsx that nobody wants")
	}
}
