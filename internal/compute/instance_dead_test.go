// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// again returns the same instance under another address, as a run sees it after one that was killed before its state was written.
func again(config string) string {
	at := strings.Index(config, `resource "novasphere_compute_instance"`)
	return config[:at] + strings.Replace(config[at:], `"it"`, `"again"`, 1)
}

// TestAccNameBeforePorts: a VM that has the name has the port and the address too. The error is about the name, and tells how to take it
// over.
func TestAccNameBeforePorts(t *testing.T) {
	t.Parallel()
	for name, blocks := range map[string]string{
		"port":    "  network { port = novasphere_networking_port.one.id }\n",
		"address": "  network {\n    uuid = novasphere_networking_network.lab.id\n    fixed_ip_v4 = \"10.0.0.20\"\n  }\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			instance := plain("name = \"web\"\n  depends_on = [novasphere_networking_subnet.lab]\n" + blocks)
			config := vc.Config("", ported+instance)
			_, twin, _ := strings.Cut(again(instance), "resource \"novasphere_compute_instance\"")
			twin = "resource \"novasphere_compute_instance\"" + twin
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{
					{Config: config},
					{Config: config + twin, ExpectError: says(`an instance called "web" exists already at /dc1/vm/OpenStack/web`)},
					{Config: config + twin, ExpectError: says("to = novasphere_compute_instance.ADDRESS")},
					{Config: config, PlanOnly: true},
				},
				CheckDestroy: portsLeft(vc, 0, 0),
			})
		})
	}
}
