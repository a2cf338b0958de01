// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

func TestAccKeyPairData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", keyPair("it", "anna", fmt.Sprintf("%q", publicKey)))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{Config: config + data("keypair", "anna", `name = "anna"`), Check: resource.ComposeTestCheckFunc(
				resource.TestCheckResourceAttr("data.novasphere_compute_keypair.anna", "public_key", publicKey),
				resource.TestCheckResourceAttr("data.novasphere_compute_keypair.anna", "fingerprint", keyFingerprint))},
			{Config: config + data("keypair", "anna", `name = "hanna"`),
				ExpectError: says(`no key pair "hanna" in the catalogue; the nearest names are "anna"`)},
		},
	})
}
