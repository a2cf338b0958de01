// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccNounsByTheCLI makes one object of each noun with a real Terraform, expects an empty plan, and imports each. Their behaviour is
// tested over the protocol; this shows that it works with the CLI.
func TestAccNounsByTheCLI(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("cluster = \"compute\"", keyPair("it", "anna", "\""+publicKey+"\"")+serverGroup("soft-anti-affinity", "")+members(1)+
		"resource \"novasphere_compute_aggregate\" \"fast\" {\n  name = \"fast\"\n  metadata = { disk = \"ssd\" }\n  hosts = [\"esx-2\"]\n}\n"+
		clusterBlock("edge", "ha_enabled = true")+trusted("esx-9", onSwitch("dvs-1", "vmnic1")))
	steps := []resource.TestStep{{Config: config}, {RefreshState: true}} // the refresh shows the group's members
	for _, noun := range []struct {
		address string
		ignored []string
	}{
		{"novasphere_compute_flavor.small", nil},
		{keyResource, nil},
		{group, nil},
		{fast, nil},
		{clusterIt, []string{"timeouts"}},
		{esxNode, []string{"password_wo", "timeouts", "trust_on_first_use", "license_key", "distributed_switch"}},
	} {
		steps = append(steps, resource.TestStep{ResourceName: noun.address, ImportState: true, ImportStateVerify: true,
			ImportStateVerifyIgnore: noun.ignored})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps, CheckDestroy: destroyed(vc)})
}
